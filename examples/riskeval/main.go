// Command riskeval measures alerts/risk against two simple rules: how many
// thieves each detects, for how many owners that are bothered.
//
//	go run ./examples/riskeval -users 20000
//	go run ./examples/riskeval -users 20000 -mix us -rate 52 -svg curves.svg
//	go run ./examples/riskeval -csv rba-dataset.csv -every 20
//
// The simulator and the data set are described in internal/riskeval.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"

	"example.com/accountsec/alerts/risk"
	"example.com/accountsec/internal/riskeval"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	users := flag.Int("users", 20000, "accounts to simulate")
	mix := flag.String("mix", "kr", "where they live: kr or us")
	rate := flag.Float64("rate", 12, "sign-ins of the average owner, a year")
	seed := flag.Uint64("seed", 2026, "seed of the simulation")
	loss := flag.Float64("cookieloss", 0, "chance that a device has lost its cookie at a sign-in")
	csv := flag.String("csv", "", "measure on this file of the public login data set in place of the simulator")
	every := flag.Int("every", 1, "with -csv: take one account in this many")
	svg := flag.String("svg", "", "draw the curves into this file")
	flag.Parse()

	res, err := measure(*csv, *every, riskeval.Config{Users: *users, Rate: *rate, Seed: *seed, CookieLoss: *loss}, *mix)
	if err != nil {
		return err
	}
	if err := res.Report(os.Stdout); err != nil || *svg == "" {
		return err
	}
	file, err := os.Create(*svg)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	if err := res.SVG(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Close()
}

func measure(csv string, every int, cfg riskeval.Config, mix string) (*riskeval.Result, error) {
	if csv != "" {
		file, err := os.Open(csv)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return riskeval.RunLogins(bufio.NewReaderSize(file, 1<<20), every, risk.Config{})
	}
	switch mix {
	case "kr":
		cfg.Mix = riskeval.KoreanMix()
	case "us":
		cfg.Mix = riskeval.AmericanMix()
	default:
		return nil, fmt.Errorf("-mix is kr or us, not %q", mix)
	}
	return riskeval.Run(cfg)
}
