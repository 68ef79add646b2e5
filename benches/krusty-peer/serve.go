package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"os"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/openapi"
)

// serve builds one folder after the other: for each line of standard input that names one, a line `ok` or
// `error` with the lengths of two texts, then the texts: the build or the error, and what the library
// wrote to standard error meanwhile.
//
// Whoever asks must be ready for it to die: the library ends the process on some inputs.
func serve() {
	warnings, err := os.CreateTemp("", "krusty-peer")
	if err != nil {
		log.Fatal(err)
	}
	os.Remove(warnings.Name())
	os.Stderr = warnings
	log.SetOutput(warnings)
	log.SetFlags(0)
	defaultSchema := openapi.GetSchemaVersion()
	out := bufio.NewWriter(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		verdict, text := "ok", []byte(nil)
		built, err := build(lines.Text(), krusty.ReorderOptionUnspecified)
		if err == nil {
			text = built
		} else {
			verdict, text = "error", []byte(err.Error())
		}
		// A schema of the kustomization's own stays behind in the library.
		if openapi.GetSchemaVersion() != defaultSchema {
			openapi.ResetOpenAPI()
		}
		said := drain(warnings)
		fmt.Fprintf(out, "%s %d %d\n", verdict, len(text), len(said))
		out.Write(text)
		out.Write(said)
		out.Flush()
	}
}

// drain returns what was written to the file and empties it.
func drain(file *os.File) []byte {
	file.Seek(0, io.SeekStart)
	text, err := io.ReadAll(file)
	if err != nil {
		log.Fatal(err)
	}
	file.Truncate(0)
	file.Seek(0, io.SeekStart)
	return text
}
