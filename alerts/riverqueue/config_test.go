package riverqueue_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/accountsec/alerts"
	"example.com/accountsec/alerts/riverqueue"
	"example.com/accountsec/internal/secret/secrettest"
)

// away is a database that cannot be reached: New must not try.
type away struct{}

func (away) Connect(context.Context) (driver.Conn, error) { return nil, errors.New("away") }
func (away) Driver() driver.Driver                        { return nil }

type directory struct{}

func (directory) Recipient(context.Context, string) (alerts.Recipient, error) {
	return alerts.Recipient{}, alerts.ErrNoRecipient
}

func courier(t testing.TB) *alerts.Courier {
	c, err := alerts.NewCourier(alerts.CourierConfig{Directory: directory{}, AEAD: secrettest.AEAD()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNew(t *testing.T) {
	db := sql.OpenDB(away{})
	for want, fn := range map[string]func() (*riverqueue.Queue, error){
		"": func() (*riverqueue.Queue, error) {
			return riverqueue.New(db, "postgres", courier(t), riverqueue.Config{})
		},
		"*sql.DB": func() (*riverqueue.Queue, error) {
			return riverqueue.New(nil, "sqlite", courier(t), riverqueue.Config{})
		},
		"dialect": func() (*riverqueue.Queue, error) { return riverqueue.New(db, "mysql", courier(t), riverqueue.Config{}) },
		"courier": func() (*riverqueue.Queue, error) { return riverqueue.New(db, "sqlite", nil, riverqueue.Config{}) },
		"PostgreSQL": func() (*riverqueue.Queue, error) {
			return riverqueue.New(db, "sqlite", courier(t), riverqueue.Config{Schema: "a"})
		},
		"malformed": func() (*riverqueue.Queue, error) {
			return riverqueue.New(db, "postgres", courier(t), riverqueue.Config{Schema: `a"; DROP TABLE orders; --`})
		},
		"Workers or Poll": func() (*riverqueue.Queue, error) {
			return riverqueue.New(db, "sqlite", courier(t), riverqueue.Config{Workers: 257})
		},
		"Keep": func() (*riverqueue.Queue, error) {
			return riverqueue.New(db, "sqlite", courier(t), riverqueue.Config{Keep: time.Hour})
		},
	} {
		if _, err := fn(); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("want an error about %q, got %v", want, err)
		}
	}
}

// The queue goes into accountsec.Config.Queue; Guard.Migrate makes its tables and
// Guard.Run delivers.
func Example() {
	db := sql.OpenDB(away{}) // the shop's database
	queue := func(c *alerts.Courier) (alerts.Queue, error) {
		return riverqueue.New(db, "postgres", c, riverqueue.Config{Workers: 32})
	}
	c, err := alerts.NewCourier(alerts.CourierConfig{Directory: directory{}, AEAD: secrettest.AEAD()})
	if err != nil {
		panic(err)
	}
	_, err = queue(c)
	fmt.Println(err)
	// Output: <nil>
}
