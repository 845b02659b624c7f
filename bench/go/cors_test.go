// SPDX-License-Identifier: Apache-2.0

// Package gocors measures CORS middlewares of Go: requests per second through their handlers, the
// headers they write included. Corsac's figures of other programs do less (a decision and views
// of the headers to set), so quote the ratio with that caveat.
package gocors

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rs/cors"
)

var counts = []int{1, 10, 100, 1000}

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

func exact(i int) string    { return fmt.Sprintf("https://app-%d.tenant%d.com", i, i) }
func wildcard(i int) string { return fmt.Sprintf("https://*.tenant%d.example.com", i) }

func list(count int, one func(int) string) []string {
	origins := make([]string, count)
	for i := range origins {
		origins[i] = one(i)
	}
	return origins
}

func handler(origins []string) http.Handler {
	nothing := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	return cors.New(cors.Options{AllowedOrigins: origins, AllowedMethods: []string{"GET", "POST"}}).Handler(nothing)
}

func request(origin string) *http.Request {
	r := httptest.NewRequest("GET", "https://tenant.example.com/api/v1/items", nil)
	r.Header.Set("Origin", origin)
	return r
}

func allows(h http.Handler, r *http.Request) bool {
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, r)
	return recorder.Header().Get("Access-Control-Allow-Origin") == r.Header.Get("Origin")
}

func measure(b *testing.B, name string, h http.Handler, origins []string, want bool) {
	requests := make([]*http.Request, len(origins))
	for i, origin := range origins {
		requests[i] = request(origin)
		if allows(h, requests[i]) != want {
			b.Fatalf("%s: wrong answer for %s", name, origin)
		}
	}
	b.Run(name, func(b *testing.B) {
		out := discard{http.Header{}}
		for i := 0; i < b.N; i++ {
			clear(out.header)
			h.ServeHTTP(out, requests[i%len(requests)])
		}
	})
}

func BenchmarkRsCors(b *testing.B) {
	for _, count := range counts {
		measureAll(b, count, handler)
	}
}
