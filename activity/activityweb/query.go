package activityweb

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/canon"
)

// query is what a request asks for. What makes no sense is left out of the
// filter and told in errors.
type query struct {
	filter activity.Filter
	page   activity.Page
	form   url.Values // the filter's fields as they were sent, cleaned
	errors []FieldError
}

// FieldError says what is wrong with a field of the filter; Field is "" for
// what concerns the whole request.
type FieldError struct{ Field, Key string }

var filterFields = []string{"from", "to", "category", "outcome", "severity", "country", "device", "ip"}

const (
	maxField  = 128 // bytes of a field
	maxCursor = 256
	perPage   = 20
)

func readQuery(values url.Values, zone *time.Location) query {
	q := query{form: url.Values{}, page: activity.Page{Limit: perPage}}
	for _, name := range filterFields {
		if v := canon.Line(values.Get(name), maxField); v != "" {
			q.form.Set(name, v)
		}
	}
	wrong := func(field, key string) {
		q.errors = append(q.errors, FieldError{field, key})
	}
	var err error
	if q.filter.From, q.filter.To, err = activity.Dates(q.form.Get("from"), q.form.Get("to"), zone); err != nil {
		q.filter.From, q.filter.To = time.Time{}, time.Time{}
		wrong("from", "error.dates")
	}
	if v := q.form.Get("category"); v != "" {
		q.filter.Categories = []string{v}
	}
	if v := q.form.Get("outcome"); v != "" {
		q.filter.Outcomes = []activity.Outcome{activity.Outcome(v)}
	}
	if v := q.form.Get("country"); v != "" {
		q.filter.Countries = []string{v}
	}
	if v := q.form.Get("severity"); v != "" {
		i := slices.Index(severities, v)
		if i < 0 {
			wrong("severity", "error.choice")
		}
		q.filter.MinSeverity = activity.Severity(max(i, 0))
	}
	q.filter.Device = q.form.Get("device")
	if v := q.form.Get("ip"); v != "" {
		if q.filter.IP, err = network(v); err != nil {
			wrong("ip", "error.ip")
		}
	}
	q.page.After, q.page.Before = values.Get("after"), values.Get("before")
	if len(q.page.After) > maxCursor || len(q.page.Before) > maxCursor || q.page.After != "" && q.page.Before != "" {
		q.page = activity.Page{Limit: perPage}
		wrong("", "error.cursor")
	}
	return q
}

// severities are the values of the severity field, in rising order.
var severities = []string{"info", "notice", "warning", "critical"}

// network reads an address or a network; the beginning of an IPv4 address
// ("192.0.2") will do.
func network(s string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p, nil
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a.WithZone(""), a.WithZone("").BitLen()), nil
	}
	parts := strings.Split(strings.TrimSuffix(s, "."), ".")
	if len(parts) < 1 || len(parts) > 3 {
		return netip.Prefix{}, errors.New("activityweb: not an address")
	}
	bits := 8 * len(parts)
	for len(parts) < 4 {
		parts = append(parts, "0")
	}
	a, err := netip.ParseAddr(strings.Join(parts, "."))
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(a, bits), nil
}

// link is the page with this filter and a cursor.
func (q query) link(path, name, cursor string) string {
	if cursor == "" && name != "" {
		return ""
	}
	values := url.Values{}
	for k, v := range q.form {
		values[k] = v
	}
	if name != "" {
		values.Set(name, cursor)
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

func itoa(n int) string { return strconv.Itoa(n) }
