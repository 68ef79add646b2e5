// Command krusty-peer is the strongest peer of `lockgate render`: kustomize's own library, called for
// many folders in one process, one goroutine per core. It reads the folders from standard input, a line
// each, and writes the builds to standard output in that order.
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
				outputs[i], errors[i] = build(folders[i])
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

func build(folder string) ([]byte, error) {
	options := krusty.MakeDefaultOptions()
	// The order of `kustomize build`.
	options.Reorder = krusty.ReorderOptionLegacy
	resources, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, err
	}
	return resources.AsYaml()
}
