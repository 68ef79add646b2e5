// Command krusty-peer is the strongest peer of `lockgate render`: kustomize's own library, called for
// many folders in one process, one goroutine per core. It reads the folders from standard input, a line
// each, and writes the builds to standard output in that order.
//
// With `--serve` it is the tests' reference for many small builds: see serve.go.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sync"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "--serve" {
		serve()
		return
	}
	var folders []string
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		folders = append(folders, lines.Text())
	}
	outputs, errors := buildAll(folders)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for i, folder := range folders {
		if errors[i] != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", folder, errors[i])
			os.Exit(1)
		}
		out.Write(outputs[i])
	}
}

func buildAll(folders []string) ([][]byte, []error) {
	outputs := make([][]byte, len(folders))
	errors := make([]error, len(folders))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				outputs[i], errors[i] = build(folders[i], krusty.ReorderOptionLegacy)
			}
		})
	}
	for i := range folders {
		next <- i
	}
	close(next)
	workers.Wait()
	return outputs, errors
}

func build(folder string, order krusty.ReorderOption) ([]byte, error) {
	options := krusty.MakeDefaultOptions()
	options.Reorder = order
	resources, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, err
	}
	return resources.AsYaml()
}
