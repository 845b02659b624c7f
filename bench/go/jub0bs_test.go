// SPDX-License-Identifier: Apache-2.0

package gocors

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/jub0bs/cors"
)

func jub0bsHandler(b *testing.B, origins []string) http.Handler {
	middleware, err := cors.NewMiddleware(cors.Config{Origins: origins, Methods: []string{"GET", "POST"}})
	if err != nil {
		b.Fatal(err)
	}
	nothing := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	return middleware.Wrap(nothing)
}

func BenchmarkJub0bsCors(b *testing.B) {
	for _, count := range counts {
		measureAll(b, count, func(origins []string) http.Handler { return jub0bsHandler(b, origins) })
	}
}

// The same lists for every middleware, and origins that each of them must and must not allow.
func measureAll(b *testing.B, count int, handlerOf func([]string) http.Handler) {
	hits, misses := list(count, exact), list(count, func(i int) string { return exact(i) + "x" })
	h := handlerOf(hits)
	measure(b, fmt.Sprintf("exact/%d/hit", count), h, hits, true)
	measure(b, fmt.Sprintf("exact/%d/miss", count), h, misses, false)
	h = handlerOf(list(count, wildcard))
	hits = list(count, func(i int) string { return fmt.Sprintf("https://shop.tenant%d.example.com", i) })
	misses = list(count, func(i int) string { return fmt.Sprintf("https://shop.tenant%d.example.comx", i) })
	measure(b, fmt.Sprintf("wildcard/%d/hit", count), h, hits, true)
	measure(b, fmt.Sprintf("wildcard/%d/miss", count), h, misses, false)
}
