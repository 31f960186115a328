// Shop is a small demo shop that protects its customers' accounts with
// accountsec: an embedded database, an embedded mail server, no set-up.
//
//	go run ./examples/shop -addr 127.0.0.1:8080
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "time/tzdata" // customers' time zones, also where the system has none
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "shop:", err)
		os.Exit(1)
	}
}

func run() error {
	addr := flag.String("addr", "127.0.0.1:8080", "address to listen on")
	data := flag.String("data", "shop-data", "folder for the database and the keys")
	lang := flag.String("lang", "", "language, en or ko (default: the browser's)")
	origin := flag.String("origin", "", "address of the shop in browsers, for passkeys (default http://localhost and the port of -addr)")
	https := flag.Bool("https", false, "a proxy in front of the shop ends TLS: cookies are Secure, HSTS is sent")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ln, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	if *origin == "" {
		*origin = localOrigin(ln.Addr())
	}
	a, err := newApp(ctx, config{DataDir: *data, Lang: *lang, Origin: *origin, HTTPS: *https, Logger: logger})
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	fmt.Printf("%s is open: %s/ (data in %s; Ctrl+C to close)\n", brand, *origin, *data)
	return errors.Join(serve(ctx, newServer(a.handler()), ln), a.Close())
}

// localOrigin is where a browser on this machine finds the shop. Passkeys need a
// name: they do not work at an IP address.
func localOrigin(at net.Addr) string {
	_, port, err := net.SplitHostPort(at.String())
	if err != nil || port == "80" {
		return "http://localhost"
	}
	return "http://localhost:" + port
}

// serve answers until ctx ends, then lets running requests finish.
func serve(ctx context.Context, s *http.Server, ln net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(ln) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return s.Shutdown(grace)
}
