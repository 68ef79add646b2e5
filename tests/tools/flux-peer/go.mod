module lockgate.dev/tests/flux-peer

go 1.27.0

require github.com/fluxcd/pkg/envsubst v1.9.0
