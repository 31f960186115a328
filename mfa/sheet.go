package mfa

import (
	"strings"
	"time"

	"example.com/accountsec/internal/canon"
	"example.com/accountsec/internal/message"
)

// RecoverySheet is a page of recovery codes as plain text, for a download or a
// printer, in a language (BCP 47), with Windows line ends, which every program
// reads. Give it to the customer and keep it nowhere. account is what the
// customer is called, such as the e-mail address.
func RecoverySheet(lang, shop, account string, codes []string, made time.Time) string {
	args := message.Args{"shop": canon.Line(shop, maxLabel), "account": canon.Line(account, maxLabel), "date": made.Format(time.DateOnly)}
	text := func(key string) string { return catalogue().Text(lang, key, args) }
	lines := []string{text("sheet.title"), text("sheet.account"), text("sheet.made"), ""}
	for i, code := range codes {
		lines = append(lines, strings.Repeat(" ", 3-len(itoa(i+1)))+itoa(i+1)+"  "+code)
	}
	return strings.Join(append(lines, "", text("sheet.use"), ""), "\r\n")
}
