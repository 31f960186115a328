package activity

import (
	"bufio"
	"encoding/json"
	"time"
)

// jsonEncoder writes one object a line.
type jsonEncoder struct {
	log *Log
	w   *bufio.Writer
}

// jsonEvent is the stable form of an exported event.
type jsonEvent struct {
	ID          string            `json:"id"`
	At          string            `json:"at"`
	Type        Type              `json:"type"`
	Category    string            `json:"category,omitempty"`
	Severity    string            `json:"severity"`
	Outcome     Outcome           `json:"outcome"`
	IP          string            `json:"ip,omitempty"`
	UserAgent   string            `json:"user_agent,omitempty"`
	DeviceID    string            `json:"device_id,omitempty"`
	SessionID   string            `json:"session_id,omitempty"`
	Country     string            `json:"country,omitempty"`
	City        string            `json:"city,omitempty"`
	Latitude    *float64          `json:"latitude,omitempty"`
	Longitude   *float64          `json:"longitude,omitempty"`
	RadiusKM    int               `json:"radius_km,omitempty"`
	ASN         uint              `json:"asn,omitempty"`
	Operator    string            `json:"operator,omitempty"`
	TimeZone    string            `json:"time_zone,omitempty"`
	Browser     string            `json:"browser,omitempty"`
	OS          string            `json:"os,omitempty"`
	DeviceClass string            `json:"device_class,omitempty"`
	Device      string            `json:"device,omitempty"`
	Model       string            `json:"model,omitempty"`
	Disowned    string            `json:"disowned,omitempty"`
	Erased      bool              `json:"erased,omitempty"`
	Detail      map[string]string `json:"detail,omitempty"`
}

func (*jsonEncoder) begin() error { return nil }

func (j *jsonEncoder) event(e Event) error {
	info := j.log.cat.types[e.Type]
	out := jsonEvent{
		ID: e.ID, At: jsonTime(e.At), Type: e.Type, Category: info.Category, Severity: info.Severity.String(), Outcome: e.Outcome,
		UserAgent: e.Client.UserAgent, DeviceID: e.Client.DeviceID, SessionID: e.Client.SessionID,
		Country: e.Location.Country, City: e.Location.City, RadiusKM: e.Location.RadiusKM, ASN: e.Location.ASN,
		Operator: e.Location.ASOrg, TimeZone: e.Location.TimeZone,
		Browser: e.Device.Browser, OS: e.Device.OS, DeviceClass: e.Device.Class, Device: e.Device.Name, Model: e.Device.Model,
		Disowned: jsonTime(e.Disowned), Erased: e.Erased, Detail: e.Detail,
	}
	if e.Client.IP.IsValid() {
		out.IP = e.Client.IP.String()
	}
	if e.Location.HasPosition() {
		out.Latitude, out.Longitude = &e.Location.Latitude, &e.Location.Longitude
	}
	line, err := json.Marshal(out)
	if err != nil {
		return err
	}
	_, err = j.w.Write(append(line, '\n'))
	return err
}

func jsonTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}
