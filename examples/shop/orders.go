package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/http"
	"time"

	"example.com/accountsec"
	"example.com/accountsec/activity"
)

type orderRow struct {
	ID      string
	Product product
	Won     int64
	Placed  time.Time
}

func (a *app) ordersPage(w http.ResponseWriter, r *http.Request) {
	orders, err := a.orders(r.Context(), visitorOf(r).me.ID)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	p := a.page(r, "orders.title")
	p.Data = orders
	a.render(w, r, http.StatusOK, "orders", p)
}

func (a *app) orders(ctx context.Context, account string) ([]orderRow, error) {
	rows, err := a.db.QueryContext(ctx, "SELECT id, product, won, placed FROM orders WHERE account = ? ORDER BY placed DESC, id LIMIT 100", account)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []orderRow
	for rows.Next() {
		var o orderRow
		var placed int64
		if err := rows.Scan(&o.ID, &o.Product.ID, &o.Won, &placed); err != nil {
			return nil, err
		}
		o.Placed = time.UnixMicro(placed).UTC()
		out = append(out, o)
	}
	return out, rows.Err()
}

// placeOrder writes the order and both events in one transaction: the log
// never shows an order that does not exist, nor misses one that does.
func (a *app) placeOrder(w http.ResponseWriter, r *http.Request) {
	bought, ok := findProduct(r.PostFormValue("product"))
	if !ok {
		a.notFound(w, r)
		return
	}
	me, now := visitorOf(r).me, a.now()
	id := now.UTC().Format("060102") + "-" + rand.Text()[:8]
	err := inTx(r.Context(), a.db, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(r.Context(), "INSERT INTO orders (id, account, product, won, placed) VALUES (?,?,?,?,?)",
			id, me.ID, bought.ID, bought.Won, now.UnixMicro())
		if err != nil {
			return err
		}
		ctx := accountsec.WithTx(r.Context(), tx)
		for _, kind := range []activity.Type{activity.OrderPlaced, activity.PaymentMade} {
			err := a.guard.Log().Record(ctx, activity.Event{
				Account: me.ID, Type: kind, Outcome: activity.OutcomeSuccess, At: now, Client: a.client(r),
				Detail: map[string]string{"order": id, "amount": won(bought.Won)},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.flash(r, "flash.ordered")
	redirect(w, r, "/orders")
}
