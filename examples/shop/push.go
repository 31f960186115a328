package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"

	"example.com/accountsec"
	"example.com/accountsec/activity"
	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/webpush"
	"example.com/accountsec/alerts/webpush/webpushweb"
)

// newPush is the channel to browsers, with keys of its own: another key would
// have every browser subscribe anew.
func (a *app) newPush(seal accountsec.AEAD, sender alerts.Sender) (*webpush.Notifier, error) {
	store, err := webpush.NewSQLStore(a.db, "sqlite")
	if err != nil {
		return nil, err
	}
	data, err := loadOrMake(filepath.Join(a.cfg.DataDir, "push.json"), func() ([]byte, error) {
		keys, err := webpush.NewKeys()
		if err != nil {
			return nil, err
		}
		return json.Marshal(keys)
	})
	if err != nil {
		return nil, err
	}
	var keys webpush.Keys
	if err := json.Unmarshal(data, &keys); err != nil {
		return nil, err
	}
	return webpush.New(store, webpush.Config{Sender: sender, Keys: keys, AEAD: seal, Now: a.now, Logger: a.log})
}

// newPushWeb is what the page of alerts needs for it. Who must change their
// password first adds no browser.
func (a *app) newPushWeb(n *webpush.Notifier) (*webpushweb.Web, error) {
	devices, err := webpush.NewDevices(n, webpush.DevicesConfig{Recorder: a.guard.Log()})
	if err != nil {
		return nil, err
	}
	return webpushweb.New(webpushweb.Config{
		Devices: devices, Origins: []string{a.cfg.Origin}, Logger: a.log,
		Account: func(r *http.Request) (string, activity.Client) {
			me := visitorOf(r).me
			if me == nil || a.sessions.GetBool(r.Context(), keyMustChange) {
				return "", activity.Client{}
			}
			return me.ID, a.client(r)
		},
		MayChange: func(r *http.Request) error {
			err := a.proved(r, visitorOf(r).me)
			if errors.Is(err, accountsec.ErrStepUp) { // the page asks for it when it is loaded
				return webpushweb.ErrProof
			}
			return err
		},
	})
}
