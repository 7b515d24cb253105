package mutredact_test

import (
	"testing"

	"github.com/mutagent-io/mutagent-go/mutredact"
)

var emails = redactor(mutredact.Emails)

func TestEmails(t *testing.T) {
	emails.positives(t, []gone{
		{"bob@example.com", "[email]"},
		{"Bob <bob@example.com>, hi", "Bob <[email]>, hi"},
		{"to bob@example.com.", "to [email]."},
		{"first.last+tag@mail.example.co.uk", "[email]"},
		{"o'brien_x@example-shop.com", "[email]"},
		{"'bob@example.com'", "'[email]'"},
		{"mailto:bob@example.com?subject=x", "mailto:[email]?subject=x"},
		{"bob@example.com:hunter2", "[email]:hunter2"}, // from a leaked list: the colon does not make it a path
		{"a@b.io,c@d.io", "[email],[email]"},
		{"jörg@exämple.de", "[email]"},             // RFC 6531
		{"用户@例子.公司", "[email]"},                    //
		{"user@xn--fsqu00a.xn--55qx5d", "[email]"}, // the same domain in Punycode
		{"“bob@example.com”", "“[email]”"},         //
		{`{\"to\":\"bob@example.com\"}`, `{\"to\":\"[email]\"}`},
		{`from:\nbob@example.com\nto`, `from:\n[email]\nto`},
		{"?to=bob%40example.com&x=1", "?to=[email]&x=1"},
		{"a%20bob%40example.com", "a%20[email]"},
		{"\xffbob@example.com\xff", "\xff[email]\xff"},
		{"a@b.com@c.com", "[email]@c.com"},
		{"https://bob@example.com/", "https://[email]/"}, // the user of a URL has the form of an address
		{"<CAF12@mail.example.com>", "<[email]>"},        // a Message-ID, too
	})
	emails.nearMisses(t, []string{
		"user@localhost", "root@web-3:~$", // no domain
		"@decorator", "@app.route('/')", "@org/pkg", "npm i @types/node", "@bob",
		"git@github.com:org/repo.git", "ssh://git@github.com/org/repo", // not mailboxes
		"lodash@4.17.21", "react@18.2.0-rc.1", "actions/checkout@v4", "image@sha256:0a1b", "pkg@latest",
		"icon@2x.png", "bundle@1.0.min.js", // file extensions
		"A@B.transpose()", "x @ y.T", "a@b.c", // matrices
		"@", "@@", "a@", "@b.com", "a@.com", "a@b..com", "a@b.", ".@b.com", "a @ b.com", "50% @ x.com", "%40x.com",
		"mastodon: @bob@example", "100%4050", "%4",
	})
}
