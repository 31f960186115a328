package alerts

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"example.com/accountsec/activity"
	"example.com/accountsec/internal/message"
)

// Where names a place with its address: "near Seoul, South Korea (IP
// 192.0.2.1)". Places are estimates, and said to be. Empty if neither is known.
func Where(lang string, l activity.Location, ip netip.Addr) string {
	place := texts().Text(lang, "where.unknown", nil)
	if isCountry(l.Country) {
		l.City = plain(l.City) // not a link, whatever the reader's program thinks
		place = activity.PlaceLabel(lang, l)
	}
	switch {
	case ip.IsValid():
		return texts().Text(lang, "where.ip", message.Args{"place": place, "ip": ip.Unmap().WithZone("").String()})
	case isCountry(l.Country):
		return place
	}
	return ""
}

// When writes a time in an IANA zone with its distance from UTC, so that it
// cannot be misread: "Mon, 23 November 2026, 14:05 (Seoul, UTC+9)". An unknown
// zone is UTC; a program on a machine without zones imports time/tzdata.
func When(lang, zone string, at time.Time) string {
	loc := time.UTC
	if zone != "" && zone != "Local" && len(zone) <= maxKind {
		if l, err := time.LoadLocation(zone); err == nil {
			loc = l
		}
	}
	at = at.In(loc)
	name := loc.String()
	if name != "UTC" {
		name = strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " ") + ", UTC" + offset(at)
	}
	if message.Lang(lang) == "ko" {
		day := []string{"일", "월", "화", "수", "목", "금", "토"}[at.Weekday()]
		half := "오전"
		if at.Hour() >= 12 {
			half = "오후"
		}
		return fmt.Sprintf("%d년 %d월 %d일 (%s) %s %s (%s)", at.Year(), at.Month(), at.Day(), day, half, at.Format("3:04"), name)
	}
	return at.Format("Mon, 2 January 2006, 15:04") + " (" + name + ")"
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
