package report

import (
	"bytes"
	"cmp"
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// palette keeps neighbours apart for people who see colours differently.
var palette = []color.Color{
	color.RGBA{0x00, 0x72, 0xb2, 255}, color.RGBA{0xd5, 0x5e, 0x00, 255}, color.RGBA{0x00, 0x9e, 0x73, 255},
	color.RGBA{0xcc, 0x79, 0xa7, 255}, color.RGBA{0xe6, 0x9f, 0x00, 255}, color.RGBA{0x56, 0xb4, 0xe9, 255},
	color.RGBA{0x80, 0x80, 0x80, 255}, color.RGBA{0x7a, 0x3e, 0x9d, 255}, color.RGBA{0x30, 0x30, 0x30, 255},
	color.RGBA{0x9a, 0xa8, 0x20, 255},
}

// chart is one picture of a group.
type chart struct {
	name, title, group string
	kase               string
	bars               bool
	quantiles          bool
	y                  string
	linear             bool // the y axis begins at zero instead of being logarithmic
	value              func(r Result) float64
}

func asIs(r Result) float64      { return r.Best }
func millions(r Result) float64  { return 1e3 / r.Best }
func gigabytes(r Result) float64 { return float64(r.Size) / r.Best }
func micros(r Result) float64    { return r.Best / 1e3 }

// The worst of the rounds is what counts where a bound is meant to hold.
func worstMillis(r Result) float64 { return r.Worst / 1e6 }

var charts = []chart{
	{name: "ring-throughput", title: "Records from one process to another, by record size", group: "stream", y: "million records per second", value: millions},
	{name: "ring-bandwidth", title: "Bytes from one process to another, by record size", group: "stream", y: "GB per second", value: gigabytes},
	{name: "latency", title: "64 bytes there and back", group: "latency", bars: true, quantiles: true, y: "µs", value: micros},
	{name: "reads-random", title: "Random reads, warm, by block size", group: "reads", kase: "random", y: "ns per read", value: asIs},
	{name: "reads-sequential", title: "Sequential reads, warm, by block size", group: "reads", kase: "sequential", y: "GB per second", value: gigabytes},
	{name: "scaling", title: "Random reads of 64 B on two cores", group: "scaling", bars: true, y: "million reads per second", value: millions},
	{name: "append", title: "Appending, seeking", group: "append", bars: true, y: "ns per call", value: asIs},
	{name: "sync", title: "64 bytes written and made durable, by file size", group: "sync", y: "µs", value: micros},
	{name: "cold", title: "Reads of a file that is not in memory", group: "cold", bars: true, y: "µs per read", value: micros},
	{name: "stall", title: "Worst gap of another goroutine during cold reads, one processor", group: "stall", bars: true, linear: true, y: "ms", value: worstMillis},
	{name: "memory", title: "Peak resident memory after scanning a huge file", group: "memory", bars: true, y: "MiB", value: func(r Result) float64 { return r.Worst }},
	{name: "locks", title: "Lock and unlock", group: "locks", bars: true, y: "ns", value: asIs},
	{name: "guard", title: "Copies with and without a guard, by size", group: "guard", y: "ns", linear: true, value: asIs},
}

const (
	width, height    = 8.2 * vg.Inch, 4.6 * vg.Inch
	legendOnTheRight = 5.4 * vg.Inch
)

// Draw writes the charts of the groups there are into dir as SVG.
func Draw(files map[string]*File, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, c := range charts {
		f := files[c.group]
		if f == nil || len(f.Results) == 0 {
			continue
		}
		plot.DefaultFont.Variant = "Sans"
		p := plot.New()
		p.Title.Text, p.Y.Label.Text = c.title, c.y
		p.Legend.Top, p.Legend.TextStyle.Font.Size, p.Legend.Padding = true, vg.Points(9), vg.Points(2)
		// Text behind its sign: a reader's font may be wider than the one laid out with.
		p.Legend.Left, p.Legend.XOffs = true, legendOnTheRight
		p.BackgroundColor = color.White
		grid := plotter.NewGrid()
		grid.Vertical.Color, grid.Horizontal.Color = nil, color.Gray{0xe0}
		p.Add(grid)
		var err error
		if c.bars {
			err = c.drawBars(p, f)
		} else {
			err = c.drawLines(p, f)
		}
		if err != nil {
			return fmt.Errorf("chart %s: %w", c.name, err)
		}
		if err := save(p, filepath.Join(dir, c.name+".svg")); err != nil {
			return err
		}
	}
	return nil
}

// save names fonts that every reader has beside the one that was laid out with.
func save(p *plot.Plot, path string) error {
	svg, err := p.WriterTo(width, height, "svg")
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if _, err := svg.WriteTo(&text); err != nil {
		return err
	}
	named := bytes.ReplaceAll(text.Bytes(), []byte("font-family:Liberation Sans"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif"))
	return os.WriteFile(path, named, 0o644)
}

func systems(f *File, kase string) (names []string) {
	for _, r := range f.Results {
		if (kase == "" || r.Case == kase) && !slices.Contains(names, r.System) {
			names = append(names, r.System)
		}
	}
	return names
}

func (c chart) drawLines(p *plot.Plot, f *File) error {
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, sizeTicks(f)
	p.X.Label.Text = "bytes"
	c.scaleY(p)
	for i, system := range systems(f, c.kase) {
		var points plotter.XYs
		for _, r := range f.Results {
			if r.System == system && (c.kase == "" || r.Case == c.kase) {
				points = append(points, plotter.XY{X: float64(r.Size), Y: c.value(r)})
			}
		}
		slices.SortFunc(points, func(a, b plotter.XY) int { return cmp.Compare(a.X, b.X) })
		line, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return err
		}
		line.Color, line.Width = palette[i%len(palette)], vg.Points(1.6)
		if strings.HasPrefix(system, "C limit") {
			line.Dashes = []vg.Length{vg.Points(5), vg.Points(3)}
		}
		marks.Color, marks.Shape, marks.Radius = line.Color, draw.CircleGlyph{}, vg.Points(2.5)
		p.Add(line, marks)
		p.Legend.Add(system, line, marks)
	}
	if strings.Contains(c.y, "GB") {
		p.Legend.XOffs = vg.Points(6)
	}
	p.X.Min, p.X.Max = p.X.Min/1.2, p.X.Max*1.4
	p.Y.Max *= headroom(c.linear)
	return nil
}

// headroom leaves place for the legend above the data.
func headroom(linear bool) float64 {
	if linear {
		return 1.3
	}
	return 6
}

func (c chart) scaleY(p *plot.Plot) {
	if c.linear {
		p.Y.Min = 0
		return
	}
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, decades{}
}

// drawBars draws a group of bars for each case (and size, and quantile), one bar
// for each system.
func (c chart) drawBars(p *plot.Plot, f *File) error {
	labels, value := c.columns(f)
	names := slices.DeleteFunc(systems(f, ""), func(system string) bool {
		return !slices.ContainsFunc(labels, func(label string) bool { _, ok := value(system, label); return ok })
	})
	width := vg.Points(min(28, 400/float64(len(labels)*len(names))))
	c.scaleY(p)
	floor := math.Inf(1)
	for _, label := range labels {
		for _, system := range names {
			if v, ok := value(system, label); ok && v > 0 {
				floor = min(floor, v)
			}
		}
	}
	for i, system := range names {
		values := make(plotter.Values, len(labels))
		for j, label := range labels {
			v, ok := value(system, label)
			if values[j] = v; !ok && !c.linear {
				values[j] = floor / 2
			}
		}
		bars, err := plotter.NewBarChart(values, width)
		if err != nil {
			return err
		}
		bars.Color, bars.LineStyle.Width = palette[i%len(palette)], 0
		bars.Offset = width * vg.Length(float64(i)-float64(len(names)-1)/2)
		p.Add(logBars{bars, floor / 2, c.linear})
		p.Legend.Add(system, bars)
	}
	p.NominalX(labels...)
	p.X.Min, p.X.Max = -0.5, float64(len(labels))-0.5
	p.X.Tick.Label.Font.Size = vg.Points(9)
	if !c.linear {
		p.Y.Min = floor / 2
	}
	p.Y.Max *= headroom(c.linear)
	return nil
}

// columns are the groups of bars and what stands in them.
func (c chart) columns(f *File) (labels []string, value func(system, label string) (float64, bool)) {
	values := map[[2]string]float64{}
	put := func(system, label string, v float64) {
		if !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
		values[[2]string{system, label}] = v
	}
	for _, r := range f.Results {
		label := r.Case
		if r.Size > 0 && (c.group == "append" || c.group == "cold") {
			label += " " + bytesLabel(float64(r.Size))
		}
		if !c.quantiles {
			put(r.System, label, c.value(r))
			continue
		}
		for _, q := range []string{"p50", "p90", "p99", "p99.9"} {
			if v, ok := r.Quantiles[q]; ok {
				name := q
				if r.Case == Idle {
					name += " idle"
				}
				put(r.System, name, v/1e3)
			}
		}
	}
	return labels, func(system, label string) (float64, bool) {
		v, ok := values[[2]string{system, label}]
		return v, ok
	}
}
