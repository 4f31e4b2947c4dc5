package bench

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/go-analyze/charts"
)

// Size of a drawing, in pixels.
const (
	plotWidth  = 640
	plotHeight = 360
)

// draw makes a drawing of the curve, if drawings are asked for: CPU and rate of
// a delivery, each by its own axis.
func (b *bench) draw(c curve) error {
	if b.Plots == "" {
		return nil
	}
	var labels []string
	var cpu, rate []float64
	for _, p := range c.points {
		labels = append(labels, p.label)
		cpu = append(cpu, median(each(p.runs, cpuOf)))
		rate = append(rate, median(ratios(rateOf, p.runs, p.bare)))
	}
	drawing, err := c.drawing(labels, cpu, rate)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.Plots, c.name+".svg"), drawing, 0o644)
}

func (c curve) drawing(labels []string, cpu, rate []float64) ([]byte, error) {
	o := charts.NewLineChartOptionWithData([][]float64{cpu, rate})
	o.SeriesList[0].Name, o.SeriesList[1].Name = "CPU a delivery, us", "rate, of a bare POST's"
	o.SeriesList[1].YAxisIndex = 1
	o.Legend.SeriesNames = []string{o.SeriesList[0].Name, o.SeriesList[1].Name}
	o.XAxis.Labels, o.XAxis.Title = labels, c.title
	o.YAxis = []charts.YAxisOption{{Min: charts.Ptr(0.0)}, {Min: charts.Ptr(0.0)}}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: plotWidth, Height: plotHeight})
	if err := p.LineChart(o); err != nil {
		return nil, errors.Join(errors.New("the curve can't be drawn"), err)
	}
	return p.Bytes()
}
