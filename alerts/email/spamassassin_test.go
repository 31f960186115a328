package email_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/email"
)

// score is what SpamAssassin adds to a mail that it has looked at.
var score = regexp.MustCompile(`(?s)\nX-Spam-Status: (?:Yes|No), score=(-?[0-9.]+).*?\nMessage-ID: <([^@>]+)@`)

// SpamAssassin, by the rules that Debian ships and without a network, scores the
// mail of every kind, in both languages and at its plainest, below 2.0; what it
// is made to refuse scores high, so it does look.
func TestSpamAssassin(t *testing.T) {
	program := needs(t, "spamassassin")
	mails := map[string][]byte{"GTUBE": spam(t)}
	for name, s := range map[string]alerts.Sender{"usual": sender, "full": fullSender(), "plain": plainSender()} {
		n, err := email.New(email.Config{Host: "mail.shop.example", Sender: s, DKIM: bothKeys(), Now: func() time.Time { return t0.Add(time.Minute) }})
		fine(t, err)
		for _, lang := range []string{"en", "ko"} {
			for _, kind := range append(everyKind(), alerts.SenderChange) {
				if name != "usual" && kind != alerts.NewDevice && kind != alerts.RecoveryCode {
					continue
				}
				m := message(kind, lang)
				if name == "plain" {
					m.Links, m.Phrase, m.Recipient.Name = alerts.Links{}, "", ""
				}
				m.ID = fmt.Sprintf("%s-%s-%s", name, kind, lang)
				raw, err := n.Mail(m)
				fine(t, err)
				mails[m.ID] = received(raw)
			}
		}
	}
	worst := -100.0
	for name, points := range scores(t, program, mails) {
		if name == "GTUBE" {
			if points < 900 {
				t.Errorf("a mail that must be refused scores %.1f", points)
			}
		} else if worst = max(worst, points); points >= 2 {
			t.Errorf("%s scores %.1f: %s", name, points, tests(t, program, mails[name]))
		}
	}
	t.Logf("%d mails, the worst scores %.1f", len(mails)-1, worst)
}

// received puts the trace of delivery before a mail, as the rules expect.
func received(raw []byte) []byte {
	return append([]byte("Return-Path: <security@shop.example>\r\nReceived: from mail.shop.example (mail.shop.example [93.184.216.34])\r\n"+
		"\tby mx.customer.example with ESMTPS id 1 for <kim@customer.example>; Mon, 23 Nov 2026 05:06:00 +0000\r\n"), raw...)
}

// spam is a mail with the string that every filter of this kind must refuse.
func spam(t *testing.T) []byte {
	t.Helper()
	n, err := email.New(email.Config{Host: "mail.shop.example", Sender: sender, Text: email.DefaultText() + "\nXJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n"})
	fine(t, err)
	m := message(alerts.NewDevice, "en")
	m.ID = "GTUBE"
	raw, err := n.Mail(m)
	fine(t, err)
	return received(raw)
}

// scores has one SpamAssassin look at all mails of an mbox.
func scores(t *testing.T, program string, mails map[string][]byte) map[string]float64 {
	t.Helper()
	var box bytes.Buffer
	for _, raw := range mails {
		body := bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
		fmt.Fprintf(&box, "From security@shop.example Mon Nov 23 05:06:00 2026\n%s\n", bytes.ReplaceAll(body, []byte("\nFrom "), []byte("\n>From ")))
	}
	file := filepath.Join(t.TempDir(), "mails")
	fine(t, os.WriteFile(file, box.Bytes(), 0o600))
	out, err := assassin(t, program, "--mbox", file)
	if err != nil {
		t.Fatalf("spamassassin: %v\n%.2000s", err, out)
	}
	found := score.FindAllSubmatch(out, -1)
	if len(found) != len(mails) {
		t.Fatalf("%d scores of %d mails:\n%.2000s", len(found), len(mails), out)
	}
	all := map[string]float64{}
	for _, f := range found { // not in the order of the box
		points, err := strconv.ParseFloat(string(f[1]), 64)
		fine(t, err)
		all[string(f[2])] = points
	}
	if len(all) != len(mails) {
		t.Fatalf("%d of %d mails told apart", len(all), len(mails))
	}
	return all
}

// tests are the rules that a mail met.
func tests(t *testing.T, program string, raw []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mail")
	fine(t, os.WriteFile(file, raw, 0o600))
	out, err := assassin(t, program, file)
	_, report, _ := strings.Cut(string(out), "Content analysis details:")
	return fmt.Sprintf("%.1500s %v", report, err)
}

// assassin runs SpamAssassin without a network and without anybody's habits.
func assassin(t *testing.T, program string, args ...string) ([]byte, error) {
	t.Helper()
	home := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append([]string{"--local", "--test-mode", "--prefspath=" + filepath.Join(home, "none"), "--cf=use_bayes 0", "--cf=use_auto_whitelist 0"}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+home, "LC_ALL=C.UTF-8", "TZ=UTC")
	return cmd.Output()
}
