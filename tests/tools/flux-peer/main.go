// flux-peer substitutes variables as Flux does. It reads a JSON object on each line of standard input,
// {"text": ..., "values": {...}, "strict": ...}, and answers each with a line {"output": ...} or {"error": ...}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/pkg/envsubst"
)

type question struct {
	Text   string            `json:"text"`
	Values map[string]string `json:"values"`
	Strict bool              `json:"strict"`
}

type answer struct {
	Output *string `json:"output,omitempty"`
	Error  string  `json:"error,omitempty"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for in.Scan() {
		var asked question
		if err := json.Unmarshal(in.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, "flux-peer:", err)
			os.Exit(2)
		}
		if err := encoder.Encode(substitute(asked)); err != nil {
			os.Exit(1)
		}
		out.Flush()
	}
}

func substitute(asked question) (said answer) {
	// Some parts that are asked for make the library panic.
	defer func() {
		if reason := recover(); reason != nil {
			said = answer{Error: fmt.Sprint("panic: ", reason)}
		}
	}()
	output, err := envsubst.Eval(asked.Text, func(name string) (string, bool) {
		value, isSet := asked.Values[name]
		return value, isSet || !asked.Strict
	})
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Output: &output}
}
