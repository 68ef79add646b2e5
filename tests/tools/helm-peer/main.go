// helm-peer is Helm's own engine as a server of renders, for tests that make thousands of them.
//
// Each line of standard input is a chart as JSON: its files by path, the user's values as a YAML text and as expressions
// of --set. Each line of standard output answers with what `helm template` would compute: the values, and the output
// of each template, or the error.
//
// Whoever asks must be ready for it to die: Go cannot recover from a stack that overflows.
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"
	"time"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	"helm.sh/helm/v4/pkg/strvals"
)

type request struct {
	// Files of the chart by path. Without a Chart.yaml there is one that says little.
	Files map[string]string `json:"files"`
	// Values as YAML text.
	Values string `json:"values"`
	// Set holds expressions of --set.
	Set []string `json:"set"`
}

type answer struct {
	// Output of each template by name, in base64: not all of it is UTF-8.
	Output map[string][]byte `json:"output,omitempty"`
	Values common.Values     `json:"values,omitempty"`
	Error  string            `json:"error,omitempty"`
}

const leastMetadata = "apiVersion: v2\nname: c\nversion: 0.1.0\n"

func main() {
	log.SetOutput(io.Discard)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	lines := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked request
		if err := json.Unmarshal(line, &asked); err != nil {
			out.Encode(answer{Error: "request: " + err.Error()})
			continue
		}
		out.Encode(render(&asked))
	}
}

func render(asked *request) answer {
	if _, ok := asked.Files["Chart.yaml"]; !ok {
		asked.Files["Chart.yaml"] = leastMetadata
	}
	files := make([]*archive.BufferedFile, 0, len(asked.Files))
	for name, text := range asked.Files {
		files = append(files, &archive.BufferedFile{Name: name, ModTime: time.Time{}, Data: []byte(text)})
	}
	chart, err := loader.LoadFiles(files)
	if err != nil {
		return answer{Error: err.Error()}
	}
	values, err := loader.LoadValues(strings.NewReader(asked.Values))
	if err != nil {
		return answer{Error: err.Error()}
	}
	for _, expression := range asked.Set {
		if err := strvals.ParseInto(expression, values); err != nil {
			return answer{Error: err.Error()}
		}
	}
	if err := chartutil.ProcessDependencies(chart, values); err != nil {
		return answer{Error: err.Error()}
	}
	options := common.ReleaseOptions{Name: "r", Namespace: "demo", Revision: 1, IsInstall: true}
	top, err := util.ToRenderValues(chart, values, options, common.DefaultCapabilities)
	if err != nil {
		return answer{Error: err.Error()}
	}
	computed := answer{}
	if merged, ok := top["Values"].(common.Values); ok {
		// Templates may change the values; what is told is what they begin with.
		if text, err := json.Marshal(merged); err == nil {
			json.Unmarshal(text, &computed.Values)
		}
	}
	output, err := engine.Engine{}.Render(chart, top)
	if err != nil {
		computed.Error = err.Error()
		return computed
	}
	computed.Output = make(map[string][]byte, len(output))
	for name, text := range output {
		computed.Output[name] = []byte(text)
	}
	return computed
}
