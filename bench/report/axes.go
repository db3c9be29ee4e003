package report

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"
)

// sizeTicks marks the sizes that were measured.
func sizeTicks(f *File) plot.ConstantTicks {
	var sizes []float64
	for _, r := range f.Results {
		if s := float64(r.Size); !slices.Contains(sizes, s) {
			sizes = append(sizes, s)
		}
	}
	slices.Sort(sizes)
	var ticks plot.ConstantTicks
	for _, s := range sizes {
		ticks = append(ticks, plot.Tick{Value: s, Label: bytesLabel(s)})
	}
	return ticks
}

func bytesLabel(n float64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%g GiB", n/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%g MiB", n/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%g KiB", n/(1<<10))
	}
	return fmt.Sprintf("%g B", n)
}

// decades marks the powers of ten of a logarithmic axis.
type decades struct{}

func (decades) Ticks(lo, hi float64) (ticks []plot.Tick) {
	for e := math.Floor(math.Log10(lo)); e <= math.Ceil(math.Log10(hi)); e++ {
		v := math.Pow(10, e)
		ticks = append(ticks, plot.Tick{Value: v, Label: fmt.Sprintf("%g", v)})
		for m := 2.0; m < 10; m++ {
			ticks = append(ticks, plot.Tick{Value: v * m})
		}
	}
	return slices.DeleteFunc(ticks, func(t plot.Tick) bool { return t.Value < lo || t.Value > hi })
}

// logBars are bars that begin at floor instead of zero, which a logarithmic axis
// does not have.
type logBars struct {
	*plotter.BarChart
	floor  float64
	linear bool
}

func (b logBars) Plot(c draw.Canvas, p *plot.Plot) {
	if b.linear {
		b.BarChart.Plot(c, p)
		return
	}
	_, y := p.Transforms(&c)
	x, _ := p.Transforms(&c)
	for i, v := range b.Values {
		if v <= b.floor {
			continue
		}
		left := x(b.XMin+float64(i)) + b.Offset - b.Width/2
		c.FillPolygon(b.Color, c.ClipPolygonXY(rectangle(left, y(b.floor), left+b.Width, y(v))))
	}
}

// DataRange keeps zero out of the axis.
func (b logBars) DataRange() (xmin, xmax, ymin, ymax float64) {
	xmin, xmax, ymin, ymax = b.BarChart.DataRange()
	if !b.linear {
		ymin = b.floor
	}
	return xmin, xmax, ymin, ymax
}
