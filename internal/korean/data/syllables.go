//go:build ignore

// Command syllables ranks Hangul syllables by how often they occur in words:
//
//	go run syllables.go /usr/share/libhangul/hanja/hanja.txt words.txt given.txt > syllables.txt
//
// The first file is libhangul's; every distinct word of two or more syllables
// counts once. Words of our own lists count 60 times each, since hanja.txt holds
// no native Korean, so that both kinds weigh about the same.
package main

import (
	"bufio"
	"cmp"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: syllables hanja.txt own.txt...")
	}
	count := map[rune]int{}
	seen := map[string]bool{}
	add := func(word string, weight int) {
		if len([]rune(word)) < 2 || seen[word] {
			return
		}
		seen[word] = true
		for _, c := range word {
			if c >= '가' && c <= '힣' {
				count[c] += weight
			}
		}
	}
	for i, name := range os.Args[1:] {
		for _, line := range lines(name) {
			if i == 0 {
				word, _, _ := strings.Cut(line, ":")
				add(word, 1)
				continue
			}
			for word := range strings.FieldsSeq(line) {
				add(word, 60)
			}
		}
	}
	var all []rune
	for c := range count {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b rune) int { return cmp.Or(count[b]-count[a], int(a-b)) })
	fmt.Println(string(all))
}

// lines gives the lines of a file that are no comments.
func lines(name string) []string {
	f, err := os.Open(name)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := s.Text(); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}
