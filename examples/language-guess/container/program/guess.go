package main

import (
	"embed"
	"math"
	"strings"
	"unicode"
)

//go:embed texts/*.txt
var texts embed.FS

// A profile is how often each run of three letters occurs in a language's sample text.
type profile struct {
	language string
	counts   map[string]int
	total    int
}

// profiles are those of every text that the program was built with.
func profiles() ([]profile, error) {
	entries, err := texts.ReadDir("texts")
	if err != nil {
		return nil, err
	}
	var all []profile
	for _, entry := range entries {
		text, err := texts.ReadFile("texts/" + entry.Name())
		if err != nil {
			return nil, err
		}
		one := profile{language: strings.TrimSuffix(entry.Name(), ".txt"), counts: map[string]int{}}
		for _, run := range trigrams(string(text)) {
			one.counts[run]++
			one.total++
		}
		all = append(all, one)
	}
	return all, nil
}

// trigrams are the runs of three within each word, its two edges counted as a space.
func trigrams(text string) []string {
	var runs []string
	words := strings.FieldsFunc(strings.ToLower(text), func(letter rune) bool { return !unicode.IsLetter(letter) })
	for _, word := range words {
		letters := []rune(" " + word + " ")
		for at := 0; at+3 <= len(letters); at++ {
			runs = append(runs, string(letters[at:at+3]))
		}
	}
	return runs
}

// guess is the language whose text makes the line likeliest; "unknown" of a line without letters.
func guess(all []profile, line string) string {
	runs := trigrams(line)
	best, most := "unknown", math.Inf(-1)
	if len(runs) == 0 {
		return best
	}
	for _, one := range all {
		score := 0.0
		for _, run := range runs {
			score += math.Log((float64(one.counts[run]) + 0.1) / (float64(one.total) + 1000))
		}
		if score > most {
			best, most = one.language, score
		}
	}
	return best
}
