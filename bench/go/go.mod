module corsac.bench/gocors

go 1.25

require github.com/rs/cors v1.11.1
