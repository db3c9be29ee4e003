package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/absfs/shmkit/internal/demo"
	"github.com/spf13/cobra"
)

// show prints v as JSON, or what table writes, columns separated by tabs.
func (a *app) show(c *cobra.Command, v any, table func(w io.Writer)) error {
	if a.output == "json" {
		enc := json.NewEncoder(c.OutOrStdout())
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 8, 2, ' ', 0)
	table(w)
	return w.Flush()
}

// row writes the cells of a line of a table.
func row(w io.Writer, cells ...any) {
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = demo.Clean(fmt.Sprint(c))
	}
	fmt.Fprintln(w, strings.Join(texts, "\t"))
}

// ago tells how long ago t was, roughly.
func ago(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	d := time.Since(t)
	switch {
	case d < time.Second:
		return "now"
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// listening tells where a server is.
func (a *app) listening(c *cobra.Command, what, url string) error {
	if a.output == "json" {
		return json.NewEncoder(c.OutOrStdout()).Encode(struct {
			URL string `json:"url"`
		}{url})
	}
	_, err := fmt.Fprintln(c.OutOrStdout(), what, url)
	return err
}

// watch prints every region as a line of JSON, again and again.
func (a *app) watch(c *cobra.Command, every time.Duration) error {
	for {
		all, err := a.all()
		if err == nil {
			err = json.NewEncoder(c.OutOrStdout()).Encode(struct {
				At  time.Time `json:"at"`
				All []listing `json:"regions"`
			}{time.Now(), all})
		}
		if err != nil {
			return err
		}
		select {
		case <-c.Context().Done():
			return nil
		case <-time.After(every):
		}
	}
}
