package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"time"
)

// mailRow is a received mail as the list shows it.
type mailRow struct {
	ID                int64
	Received          time.Time
	Sender, Rcpt, TLS string
	Subject, From     string
}

// mailView is a received mail taken apart.
type mailView struct {
	mailRow
	ReplyTo, AutoSubmitted, MessageID, Date string
	Text, HTML                              string
}

var errNoMail = errors.New("shop: no such mail")

const mailboxLength = 50

func (a *app) mails(ctx context.Context) ([]mailRow, error) {
	rows, err := a.db.QueryContext(ctx, "SELECT id, received, sender, rcpt, tls, raw FROM mails ORDER BY id DESC LIMIT ?", mailboxLength)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []mailRow
	for rows.Next() {
		row, raw, err := scanMail(rows.Scan)
		if err != nil {
			return nil, err
		}
		if m, err := mail.ReadMessage(bytes.NewReader(raw)); err == nil {
			row.Subject, row.From = header(m, "Subject"), header(m, "From")
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

func (a *app) countMails(ctx context.Context) (n int, err error) {
	err = a.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM mails").Scan(&n)
	return n, err
}

func (a *app) mail(ctx context.Context, id int64) (mailView, error) {
	row, raw, err := scanMail(a.db.QueryRowContext(ctx, "SELECT id, received, sender, rcpt, tls, raw FROM mails WHERE id = ?", id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return mailView{}, errNoMail
	}
	if err != nil {
		return mailView{}, err
	}
	v := mailView{mailRow: row}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return mailView{}, fmt.Errorf("shop: malformed mail: %w", err)
	}
	v.Subject, v.From, v.ReplyTo = header(m, "Subject"), header(m, "From"), header(m, "Reply-To")
	v.AutoSubmitted, v.MessageID, v.Date = header(m, "Auto-Submitted"), header(m, "Message-ID"), header(m, "Date")
	return v, v.take(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, 0)
}

func scanMail(scan func(...any) error) (row mailRow, raw []byte, err error) {
	var received int64
	err = scan(&row.ID, &received, &row.Sender, &row.Rcpt, &row.TLS, &raw)
	row.Received = time.UnixMicro(received).UTC()
	return row, raw, err
}

// header reads a header line in plain words, an address without its quotes.
func header(m *mail.Message, name string) string {
	address := name == "From" || name == "Reply-To"
	if list, err := m.Header.AddressList(name); address && err == nil && len(list) == 1 && list[0].Name != "" {
		return list[0].Name + " <" + list[0].Address + ">"
	}
	text, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get(name))
	if err != nil {
		return m.Header.Get(name)
	}
	return text
}

// take reads the text and HTML parts, however they are nested.
func (v *mailView) take(contentType, encoding string, body io.Reader, depth int) error {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") && depth < 4 {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("shop: malformed mail: %w", err)
			}
			if err := v.take(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, depth+1); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(io.LimitReader(body, maxMailBytes))
	if err != nil {
		return fmt.Errorf("shop: malformed mail: %w", err)
	}
	switch {
	case kind == "text/html" && v.HTML == "":
		v.HTML = string(text)
	case kind == "text/plain" && v.Text == "":
		v.Text = string(text)
	}
	return nil
}

func (a *app) mailboxPage(w http.ResponseWriter, r *http.Request) {
	mails, err := a.mails(r.Context())
	if err != nil {
		a.fail(w, r, err)
		return
	}
	p := a.page(r, "mailbox.title")
	p.Data = mails
	a.render(w, r, http.StatusOK, "mailbox", p)
}

func (a *app) mailPage(w http.ResponseWriter, r *http.Request) {
	if m, ok := a.askedMail(w, r); ok {
		p := a.page(r, "mailbox.title")
		p.Title = m.Subject
		p.Data = m
		a.render(w, r, http.StatusOK, "mail", p)
	}
}

// mailCSP lets a mail's own styles work and nothing else: no scripts, no
// forms, no requests, an origin of its own.
const mailCSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"

// mailHTML serves the HTML part for the sandboxed frame of mailPage.
func (a *app) mailHTML(w http.ResponseWriter, r *http.Request) {
	if m, ok := a.askedMail(w, r); ok {
		w.Header().Set("Content-Security-Policy", mailCSP)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, m.HTML) //nolint:errcheck // the reader is gone
	}
}

func (a *app) askedMail(w http.ResponseWriter, r *http.Request) (mailView, bool) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		a.notFound(w, r)
		return mailView{}, false
	}
	m, err := a.mail(r.Context(), id)
	if errors.Is(err, errNoMail) {
		a.notFound(w, r)
		return mailView{}, false
	}
	if err != nil {
		a.fail(w, r, err)
		return mailView{}, false
	}
	return m, true
}
