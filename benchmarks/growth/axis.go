package main

import (
	"math"
	"strconv"
)

// An axis maps values to pixels.
type axis struct {
	label string
	unit  func(float64) string
	log   bool

	low, high float64 // the values at its ends
	from, to  float64 // their pixels
}

// over returns the axis for values between low and high. It begins and ends with a
// tick.
func (a axis) over(low, high float64) axis {
	if a.log {
		low, high = max(low, 1e-9), max(high, 1e-9)
		a.low = math.Pow(10, math.Floor(math.Log10(low)+1e-9))
		a.high = math.Pow(10, math.Ceil(math.Log10(high)-1e-9))
		if a.high <= a.low {
			a.high = 10 * a.low
		}
		return a
	}
	a.low, a.high = 0, 1
	if high > 0 {
		step := niceStep(high)
		a.high = step * math.Ceil(high/step-1e-9)
	}
	return a
}

func (a axis) between(from, to float64) axis {
	a.from, a.to = from, to
	return a
}

// at returns the pixel of v.
func (a *axis) at(v float64) float64 {
	share := (v - a.low) / (a.high - a.low)
	if a.log {
		share = math.Log(max(v, a.low)/a.low) / math.Log(a.high/a.low)
	}
	return a.from + share*(a.to-a.from)
}

func (a *axis) ticks() (ticks []float64) {
	if !a.log {
		step := niceStep(a.high)
		for i := range int(math.Round(a.high/step)) + 1 {
			ticks = append(ticks, float64(i)*step)
		}
		return ticks
	}
	for v := a.low; v <= a.high*1.01; v *= 10 {
		ticks = append(ticks, v)
	}
	return ticks
}

// niceStep returns a round number that fits three to seven times into high.
func niceStep(high float64) float64 {
	decade := math.Pow(10, math.Floor(math.Log10(high)))
	switch leading := high / decade; {
	case leading > 6.5:
		return 2 * decade
	case leading > 3:
		return decade
	case leading > 1.5:
		return decade / 2
	}
	return decade / 5
}

// The units: how values are written.

func duration(ns float64) string { return scaled(ns, "ns", "µs", "ms", "s") }
func size(bytes float64) string  { return scaled(bytes, "B", "KB", "MB", "GB") }
func count(n float64) string     { return scaled(n, "", "k", "M", "G") }

func scaled(v float64, units ...string) string {
	i := 0
	for ; v >= 999.5 && i < len(units)-1; i++ {
		v /= 1000
	}
	text := strconv.FormatFloat(v, 'g', 3, 64)
	if len(units[i]) < 2 && units[i] != "B" && units[i] != "s" {
		return text + units[i]
	}
	return text + "\u00a0" + units[i]
}
