package alerts

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/message"
)

// Where names a place with its address: "near Seoul, South Korea (IP
// 192.0.2.1)". Places are estimates, and said to be. Empty if neither is known.
func Where(lang string, l activity.Location, ip netip.Addr) string {
	return where(lang, l, addressText(ip))
}

func where(lang string, l activity.Location, ip string) string {
	place := texts().Text(lang, "where.unknown", nil)
	if isCountry(l.Country) {
		l.City = plain(l.City) // not a link, whatever the reader's program thinks
		place = activity.PlaceLabel(lang, l)
	}
	switch {
	case ip != "":
		return texts().Text(lang, "where.ip", message.Args{"place": place, "ip": ip})
	case isCountry(l.Country):
		return place
	}
	return ""
}

// addressText writes an address without its zone; empty if it is none.
func addressText(ip netip.Addr) string {
	if !ip.IsValid() {
		return ""
	}
	return ip.Unmap().WithZone("").String()
}

// networkText writes the network of an address: the first three numbers of IPv4
// (/24), the first three groups of IPv6 (/48), "203.0.113.x" and
// "2001:db8:1:x".
func networkText(ip netip.Addr) string {
	switch ip = ip.Unmap().WithZone(""); {
	case !ip.IsValid():
		return ""
	case ip.Is4():
		text := ip.String()
		return text[:strings.LastIndexByte(text, '.')] + ".x"
	}
	b := ip.As16()
	return fmt.Sprintf("%x:%x:%x:x", binary.BigEndian.Uint16(b[0:]), binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint16(b[4:]))
}

// When writes a time in an IANA zone with its distance from UTC, so that it
// cannot be misread: "Mon, 23 November 2026, 14:05 (Seoul, UTC+9)". An unknown
// zone is UTC; a program on a machine without zones imports time/tzdata.
func When(lang, zone string, at time.Time) string {
	at = at.In(location(zone))
	name := at.Location().String()
	if name != "UTC" {
		name = strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " ") + ", UTC" + offset(at)
	}
	if message.Lang(lang) == "ko" {
		half := "오전"
		if at.Hour() >= 12 {
			half = "오후"
		}
		return fmt.Sprintf("%s %s %s (%s)", Date(lang, zone, at), half, at.Format("3:04"), name)
	}
	return Date(lang, zone, at) + at.Format(", 15:04") + " (" + name + ")"
}

// Date writes the day of a time in an IANA zone: "Mon, 23 November 2026".
func Date(lang, zone string, at time.Time) string {
	at = at.In(location(zone))
	if message.Lang(lang) == "ko" {
		day := []string{"일", "월", "화", "수", "목", "금", "토"}[at.Weekday()]
		return fmt.Sprintf("%d년 %d월 %d일 (%s)", at.Year(), at.Month(), at.Day(), day)
	}
	return at.Format("Mon, 2 January 2006")
}

// Ago says how long before a message something was, in whole minutes, hours or
// days: "3 minutes before this message". A message is read at any time after it
// was sent, so "3 minutes ago" would be wrong. Empty if it was after, or if
// either time is unknown.
func Ago(lang string, at, sent time.Time) string {
	d := sent.Sub(at)
	if at.IsZero() || sent.IsZero() || d < 0 {
		return ""
	}
	n, unit := 0, "now"
	switch {
	case d >= 24*time.Hour:
		n, unit = int(d/(24*time.Hour)), "day"
	case d >= time.Hour:
		n, unit = int(d/time.Hour), "hour"
	case d >= time.Minute:
		n, unit = int(d/time.Minute), "minute"
	}
	if n > 1 {
		unit += "s"
	}
	return texts().Text(lang, "ago."+unit, message.Args{"n": strconv.Itoa(n)})
}

// zones keeps the zones that were asked for: the machine's files are read once
// for each, and there are some six hundred.
var zones sync.Map // of string to *time.Location

// location is an IANA zone, UTC if it is unknown.
func location(zone string) *time.Location {
	if zone == "" || zone == "Local" || len(zone) > maxKind {
		return time.UTC
	}
	if l, ok := zones.Load(zone); ok {
		return l.(*time.Location)
	}
	l, err := time.LoadLocation(zone)
	if err != nil {
		return time.UTC
	}
	zones.Store(zone, l)
	return l
}

// offset writes a distance from UTC: "+9", "-3:30".
func offset(at time.Time) string {
	_, seconds := at.Zone()
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	text := sign + strconv.Itoa(seconds/3600)
	if minutes := seconds % 3600 / 60; minutes > 0 {
		text += fmt.Sprintf(":%02d", minutes)
	}
	return text
}
