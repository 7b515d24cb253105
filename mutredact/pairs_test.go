package mutredact_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mutagent-io/mutagent-go/mutredact"
)

func TestPairs(t *testing.T) {
	secrets.positives(t, []gone{
		// Environments, URLs, connection strings.
		{"password=hunter2", "password=[password]"},
		{"DB_PASSWORD=hunter2 DB_HOST=x", "DB_PASSWORD=[password] DB_HOST=x"},
		{"PGPASSWORD=a", "PGPASSWORD=[password]"},
		{"export OPENAI_API_KEY=abc", "export OPENAI_API_KEY=[key]"},
		{"OPENAI_API_KEY=" + "sk-proj-" + fake(40), "OPENAI_API_KEY=[openai key]"},
		{"Server=x;Uid=sa;Pwd=hunter2;Encrypt=yes", "Server=x;Uid=sa;Pwd=[password];Encrypt=yes"},
		{"AccountName=x;AccountKey=" + fake(86) + "==;EndpointSuffix=y", "AccountName=x;AccountKey=[key];EndpointSuffix=y"},
		{"user=a&password=hun&ter2&x=1", "user=a&password=[password]&x=1"},
		{"password=a,b;c)d", "password=[password]"},
		{"(password=hunter2)", "(password=[password])"},
		{"password=hunter2, next", "password=[password], next"},
		{"API_KEY_2=abc", "API_KEY_2=[key]"},
		{"aws_secret_access_key = " + fake(40), "aws_secret_access_key = [secret]"},
		{"  password: hunter2\n  user: bob", "  password: [password]\n  user: bob"},
		{"password := \"hunter2\"", "password := \"[password]\""},
		{"'password' => 'hunter2'", "'password' => '[password]'"},
		{"config[\"password\"] = \"hunter2\"", "config[\"password\"] = \"[password]\""},
		{"password = b'hunter2'", "password = b'[password]'"},
		{"COHERE_API_KEY=" + fake(40), "COHERE_API_KEY=[cohere token]"}, // no prefix of its own
		{"MISTRAL_API_KEY: " + fake(32), "MISTRAL_API_KEY: [key]"},

		{"token=password: hunter2", "token=password: [password]"}, // the next name is not the value of a name

		// JSON, and JSON in strings of JSON.
		{`{"password": "hunter2"}`, `{"password": "[password]"}`},
		{`{"password": 1234}`, `{"password": [password]}`},
		{`{"password":"a\"b","x":1}`, `{"password":"[password]","x":1}`},
		{`{"password":"a\\","x":1}`, `{"password":"[password]","x":1}`},
		{`{\"password\": \"hunter2\", \"x\": 1}`, `{\"password\": \"[password]\", \"x\": 1}`},
		{`{\"password\":\"a\\\"b\",\"x\":1}`, `{\"password\":\"[password]\",\"x\":1}`},
		{`{\"password\":\"a\\\\\",\"x\":1}`, `{\"password\":\"[password]\",\"x\":1}`},
		{`{\\\"password\\\":\\\"hunter2\\\",\\\"x\\\":1}`, `{\\\"password\\\":\\\"[password]\\\",\\\"x\\\":1}`},
		{`{"args":"{\"api_key\":\"hunter2\"}","x":1}`, `{"args":"{\"api_key\":\"[key]\"}","x":1}`},
		{`"env":"A=1\nPASSWORD=hunter2\nB=2"`, `"env":"A=1\nPASSWORD=[password]\nB=2"`},
		{`"u":"?a=1\u0026token=abc\u0026b=2"`, `"u":"?a=1\u0026token=[token]\u0026b=2"`},
		{`{"apiKey":"x","xApiKey":"y"}`, `{"apiKey":"[key]","xApiKey":"[key]"}`},
		{`{"SecretAccessKey":"x","SessionToken":"y"}`, `{"SecretAccessKey":"[secret]","SessionToken":"[token]"}`},
		{`{"password": "hunter2 and it is cut of`, `{"password": "[password]`},

		// Sentences, Markdown, XML, command lines.
		{"The password: hunter2", "The password: [password]"},
		{"Your API key: abc123xyz", "Your API key: [key]"},
		{"**Password:** `hunter2`", "**Password:** `[password]`"},
		{"**API Key**: abc123xyz", "**API Key**: [key]"},
		{"<password>hunter 2</password>", "<password>[password]</password>"},
		{"mysql --password hunter2 -h x", "mysql --password [password] -h x"},
		{"mysql --password=hunter2 -h x", "mysql --password=[password] -h x"},
		{"x --api-key 'a b' y", "x --api-key '[key]' y"},

		// Headers.
		{"Authorization: Bearer abc", "Authorization: [authorization]"},
		{"GET / HTTP/1.1\r\nAuthorization: Basic x\r\nHost: y", "GET / HTTP/1.1\r\nAuthorization: [authorization]\r\nHost: y"},
		{"curl -H 'Authorization: token x y' https://z", "curl -H 'Authorization: [authorization]' https://z"},
		{`{"Authorization":"Bearer abc"}`, `{"Authorization":"[authorization]"}`},
		{`{"Authorization":["Bearer abc"],"Host":["x"]}`, `{"Authorization":["[authorization]"],"Host":["x"]}`}, // an http.Header in Go
		{`{\"Set-Cookie\":[\"a=1\", \"b=2\"],\"x\":1}`, `{\"Set-Cookie\":[\"[cookie]\"],\"x\":1}`},
		{`{"passwords": ["a", "b"], "x": ["c"]}`, `{"passwords": ["[password]"], "x": ["c"]}`},
		{`Authorization: Digest username="a", response="b"`, "Authorization: [authorization]"},
		{`{\"h\":\"Cookie: a=1; b=2\\nX: y\"}`, `{\"h\":\"Cookie: [cookie]\\nX: y\"}`},
		{"Set-Cookie: a=\"b\"; Path=/\nX: y", "Set-Cookie: [cookie]\nX: y"},
		{`h: "Cookie: a=\"b\"; c=d"`, `h: "Cookie: [cookie]"`},
		{"x-api-key: mt_abc123", "x-api-key: [key]"},

		// Names that are themselves values.
		{`[{"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "HOST", "value": "x"}]`, `[{"name": "DB_PASSWORD", "value": "[password]"}, {"name": "HOST", "value": "x"}]`},
		{`{\"key\":\"api_key\",\"value\":\"hunter2\"}`, `{\"key\":\"api_key\",\"value\":\"[key]\"}`},
		{`<add key="ClearTextPassword" value="hunter2" />`, `<add key="ClearTextPassword" value="[password]" />`},

		// User flags of curl.
		{"curl -s -u bob:hunter2 https://x.test", "curl -s -u [credentials] https://x.test"},
		{"curl https://x.test --user 'bob:hunter2' -v", "curl https://x.test --user '[credentials]' -v"},
	})
}

func TestPairNearMisses(t *testing.T) {
	secrets.nearMisses(t, []string{
		// Token counts, positions in lists, tokens of models.
		"max_tokens=4096", "max_tokens: 4096", `{"max_tokens":4096,"input_tokens":12,"outputTokens":7}`,
		"token_count=123456", "tokens: 123456", "total tokens: 1234567", "prompt_tokens=123456",
		"next_page_token=CAoQAA12345", `{"nextPageToken":"CAoQAA12345","pageToken":"x1","syncToken":"y"}`,
		"continuation_token=abc", "eos_token=</s>", "pad_token: 12345678", "first token: 123456ms",
		"price_per_token: 0.0000015", "time_to_first_token=123456",
		// Similar names.
		"secret_name=prod/db", "private_key_id=" + fakeHex(40), "access_key_id: none", "password_policy=strict",
		"monkey=banana", "key=value", "primary_key=id", "publickey=abc", "keyboard: qwerty1", "compass=north",
		"OLDPWD=/home", "author: Bob", "cookiecutter: yes", "tokenizer=cl100k_base", "Secretary: Alice Munro12",
		// No value, or a harmless one.
		"password=", "password:", "password: ", `"password": ""`, `"password": null`, "password=None", "secret: true",
		`"token": {"type": "string"}`, "password: string", "secrets: [a, b]",
		"password=${DB_PASSWORD}", "password=$(cat file)", "token={{ token }}", "api_key=<your key>",
		`api_key=os.environ["X"]`, `api_key=os.Getenv("X")`, "apiKey: process.env.KEY", "OpenAI(api_key=api_key)",
		"use <token> here", "<password/>",
		// Tokens of models.
		`{"token":"Hello","logprob":-0.1}`, `{"token": " 2024", "bytes": [32, 50], "top_logprobs": [{"token":"utf8","logprob":-3}]}`,

		// Placeholders of documentation.
		"api_key=xxxxxxxxxxxxxxxx", "aws_secret_access_key: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "-H 'Authorization: Bearer $API_KEY'",
		"Authorization: Bearer ...", "Authorization: Token **********", "secret: ops_eyJzaWdu..[Redacted]", "password = var.db_password", "api_key = $API_KEY",
		"docker run -u 1000:1000 x", "curl -u $USER:$PASSWORD x", "curl --user <user>:<password> x", "SECRET=`vault read x`",

		// Sentences and code.
		"The token: a short history", "secret: never give up", "API key: required", "token := lexer.Next()",
		"Token::Identifier", "secret://vault/x", "the password is in the vault", "--token --verbose", "--max-tokens 4096",
		"Is it the password?", "password", "sig=abcdefgh", "-- ", "--",
	})
}

// TestSecretsByKey checks that with a credential's name as key the whole text is
// hidden.
func TestSecretsByKey(t *testing.T) {
	for key, want := range map[string]string{
		"password": "[password]", "Passwd": "[password]", "db.password": "[password]", "user_password": "[password]", "pwd": "[password]",
		"secret": "[secret]", "client_secret": "[secret]", "clientSecret": "[secret]", "aws.secret-access-key": "[secret]",
		"api_key": "[key]", "apikey": "[key]", "API-KEY": "[key]", "x-api-key": "[key]", "api key": "[key]", "OPENAI_API_KEY": "[key]",
		"access_key": "[key]", "private_key": "[private key]", "privateKey": "[private key]",
		"authorization": "[authorization]", "Proxy-Authorization": "[authorization]", "http.request.header.authorization": "[authorization]",
		"cookie": "[cookie]", "Set-Cookie": "[cookie]",
		"access_token": "[token]", "refreshToken": "[token]", "id_token": "[token]", "X-Amz-Security-Token": "[token]",
		"developer_token": "[token]", "jwt": "[token]",
	} {
		got, n := mutredact.Secrets(key, "any thing, at all")
		assert.Equal(t, want, got, key)
		assert.Equal(t, 1, n, key)
		again, n := mutredact.Secrets(key, got)
		assert.Equal(t, got, again, key)
		assert.Zero(t, n, key)
	}
	for _, key := range []string{
		"", "max_tokens", "maxTokens", "token_count", "tokens", "input_tokens", "gen_ai.usage.output_tokens", "next_page_token", "nextPageToken",
		"key", "public_key", "session.id", "sessionId", "author", "tokenizer", "secret_name", "private_key_id", "passenger", "bypass",
		"eos_token", "first_token", "monkey", "_", "12", "é",
	} {
		got, n := mutredact.Secrets(key, "any thing, at all")
		assert.Equal(t, "any thing, at all", got, key)
		assert.Zero(t, n, key)
	}
	// The key token alone is a credential or a piece of a word.
	for text, want := range map[string]string{
		fake(40): "[token]", "0a1b2c3d4e": "[token]", "Hello": "Hello", " 2024": " 2024", "base64": "base64", "internationalization": "internationalization",
	} {
		got, _ := mutredact.Secrets("token", text)
		assert.Equal(t, want, got)
	}
	got, n := mutredact.Secrets("password", "")
	assert.Empty(t, got)
	assert.Zero(t, n)
	got, _ = mutredact.Secrets("api_key", keys[5].key)
	assert.Equal(t, "[anthropic key]", got, "a key that is known is called by its name")
}
