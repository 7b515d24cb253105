// Package mutredact has ready-made redactors. A redactor replaces what must not leave
// the process by a word that says what was there.
//
//	mutagent.Init(&mutagent.Options{
//		Redactors: []mutagent.Redactor{mutredact.Secrets, mutredact.Emails, mutredact.Cards},
//	})
//
// Put [Secrets] first: a password may hold an address or a number, and is then
// hidden as a whole.
//
// Each takes a text and the key it stands under: an attribute's key, a member's name
// in JSON, or "". It returns the text with marks such as [email] or [openai key], and
// how many it put in. A mark keeps nothing of what it hides, not even the last four
// digits. A text with nothing to hide comes back unchanged, without an allocation.
//
// All of them may be called from any goroutine, take any bytes, valid UTF-8 or
// not, take time in proportion to the text, and never panic. Calling one twice
// changes nothing more. What they know is in docs/redaction.md; the rules of
// gitleaks are a part of it.
//
// # Limits
//
// A redactor knows forms and names, not meanings. It does not see
//
//   - a secret without a form of its own and without a name beside it: a password
//     in a sentence, 32 random letters alone on a line;
//   - a value on the line below its name, or in triple quotes;
//   - a value in the data of a Kubernetes secret, if it has no name of a credential;
//   - a secret that is split over two values, or two messages;
//   - the rest of a secret whose beginning was cut off, and a secret of which too
//     little is left to know it by;
//   - what is encoded or compressed, except for the escapes of JSON strings and of
//     URLs around it;
//   - names of people, street addresses, telephone numbers.
//
// A redactor also hides some texts that are no secrets: the word behind "password:"
// in a sentence, or an order number that has the prefix, length and check digit of a
// card.
package mutredact
