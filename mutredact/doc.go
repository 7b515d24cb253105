// Package mutredact has ready-made redactors. A redactor replaces sensitive text with a
// placeholder that names its type.
//
//	mutagent.Init(&mutagent.Options{
//		Redactors: []mutagent.Redactor{mutredact.Secrets, mutredact.Emails, mutredact.Cards},
//	})
//
// Put [Secrets] first: a password may contain an address or a number, and is then
// hidden as a whole.
//
// Each redactor takes a text and its key, which is the attribute's key, the JSON
// member's name, or "". It returns the text with placeholders such as [email] or
// [openai key], and their number. A placeholder keeps nothing of what it replaces, not
// even the last four digits. A text with nothing to hide is returned unchanged, without
// an allocation.
//
// All redactors are safe for concurrent use, accept any bytes, including invalid UTF-8,
// run in time linear in the text, and never panic. They are idempotent.
// docs/redaction.md lists what they detect, including the rules of gitleaks.
//
// # Limits
//
// Redactors recognise formats and names, not meaning. They do not detect
//
//   - a secret with no format of its own and no name beside it: a password
//     in a sentence, 32 random letters alone on a line;
//   - a value on the line below its name, or in triple quotes;
//   - a value in the data of a Kubernetes secret, unless its name is that of a
//     credential;
//   - a secret that is split over two values or two messages;
//   - the rest of a secret whose beginning was cut off, and a secret of which too
//     little is left to recognise it;
//   - encoded or compressed text, except for the escapes of JSON strings and of
//     URLs around it;
//   - names of people, street addresses, telephone numbers.
//
// Redactors also hide some texts that are not secrets: the word after "password:" in a
// sentence, or an order number with the prefix, length and check digit of a card.
package mutredact
