package mutredact_test

import (
	"fmt"

	"github.com/mutagent-io/mutagent-go/mutredact"
)

func Example() {
	redactors := []func(key, text string) (string, int){mutredact.Secrets, mutredact.Emails, mutredact.Cards}
	text := `Refund 4111 1111 1111 1111 of bob@example.com with curl -H "Authorization: Bearer abc" https://api.test?max_tokens=10`
	total := 0
	for _, redact := range redactors {
		var n int
		text, n = redact("", text)
		total += n
	}
	fmt.Println(text)
	fmt.Println(total, "places masked")
	// Output:
	// Refund [card] of [email] with curl -H "Authorization: [authorization]" https://api.test?max_tokens=10
	// 3 places masked
}

// With a credential's name as key, the whole text is hidden.
func ExampleSecrets() {
	for _, key := range []string{"client_secret", "max_tokens"} {
		text, _ := mutredact.Secrets(key, "4096")
		fmt.Println(key, text)
	}
	// Output:
	// client_secret [secret]
	// max_tokens 4096
}
