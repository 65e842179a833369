// Language Guess answers /ping and /invocations on port 8080.
package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

const most = 100 << 20

func main() {
	all, err := profiles()
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/ping", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("/invocations", func(answer http.ResponseWriter, request *http.Request) { invoke(all, answer, request) })
	server := &http.Server{Addr: ":8080"}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	go func() {
		<-ended
		_ = server.Shutdown(context.Background())
	}()
	log.Printf("%d languages", len(all))
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}

func invoke(all []profile, answer http.ResponseWriter, request *http.Request) {
	if !strings.HasPrefix(request.Header.Get("Content-Type"), "text/plain") {
		http.Error(answer, "text/plain, one text a line", http.StatusUnsupportedMediaType)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(answer, request.Body, most))
	if err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	lines := strings.Split(strings.TrimSuffix(string(body), "\n"), "\n")
	if strings.TrimSpace(string(body)) == "" {
		http.Error(answer, "there is no text", http.StatusBadRequest)
		return
	}
	var guesses []string
	for _, line := range lines {
		guesses = append(guesses, guess(all, line))
	}
	accept := request.Header.Get("Accept")
	switch {
	case strings.HasPrefix(accept, "application/json"):
		answer.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(answer).Encode(map[string][]string{"languages": guesses})
	case accept == "" || strings.HasPrefix(accept, "*/*") || strings.HasPrefix(accept, "text/plain"):
		answer.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(answer, strings.Join(guesses, "\n")+"\n")
	default:
		http.Error(answer, "text/plain or application/json", http.StatusNotAcceptable)
	}
}
