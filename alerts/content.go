package alerts

import (
	"log/slog"

	"example.com/accountsec/activity"
)

// Content is a message as words, for a channel to lay out and to escape. Every
// text is one line without control characters. A short channel takes Title and
// Phishing.Short, and words the rest itself.
type Content struct {
	// Lang is the language it is in, "en" or "ko".
	Lang string
	// Sender is who it comes from, as of when the message was made; Signature
	// names them, alike on every channel.
	Sender    Sender
	Signature string
	// Subject is one line; Title the same without the sender.
	Subject, Title string
	// Greeting and Intro say to whom and what. Greeting may be empty.
	Greeting, Intro string
	// Phrase is what the owner chose to recognise messages by, under PhraseLabel.
	// PhraseNote explains it, or says that one can be chosen; all may be empty.
	Phrase, PhraseLabel, PhraseNote string
	// Code is to be copied; CodeLabel and CodeNote stand above and below it.
	Code, CodeLabel, CodeNote string
	// Facts are when, where, which device.
	Facts []Fact
	// Reasons say what was odd, under ReasonsTitle; may be empty.
	ReasonsTitle string
	Reasons      []string
	// Actions say what to do, in order, under ActionsTitle.
	ActionsTitle string
	Actions      []string
	// NotMine and Mine are the owner's answers by one click, each nil if there is
	// none; AnswersNote says that they only open a page.
	NotMine, Mine *Link
	AnswersNote   string
	// Button leads to the security page, or to where what the alert is about can
	// be undone; nil if there is neither.
	Button *Link
	// Change shows an announced change of the sender, under ChangeTitle; may be
	// empty.
	ChangeTitle string
	Change      []string
	// Notice tells apart this message from a forged one, under NoticeTitle.
	NoticeTitle string
	Notice      []string
	// Phishing is the notice on phishing and smishing.
	Phishing Phishing
	// Why says why the message was sent; Reply where answers go, empty if they go
	// where it came from; Mute switches the kind off, nil where it may not be.
	Why, Reply string
	Mute       *Link
	// Links are policies and contacts.
	Links []Link
	// Imprint names the sender and the postal address.
	Imprint string
	// Severity sets the tone.
	Severity activity.Severity
}

// String hides the code, the phrase and the links.
func (c Content) String() string { return "[content in " + c.Lang + ": " + c.Title + "]" }

// GoString hides the code, the phrase and the links.
func (c Content) GoString() string { return c.String() }

// LogValue hides the code, the phrase and the links.
func (c Content) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Fact is one labelled line.
type Fact struct{ Label, Value string }

// Link is a labelled link: https, or mailto for a contact.
type Link struct{ Label, URL string }
