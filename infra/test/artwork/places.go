package artwork

import "fmt"

func (s *sheet) coast() {
	s.air()
	horizon := s.h * s.between(.46, .56)
	s.hills(horizon-8, 34, 3, s.far)
	s.rect(0, horizon, s.w, s.h-horizon, s.spots[2])
	for range 14 {
		y := s.between(horizon+10, s.h-20)
		fmt.Fprintf(s, `<g opacity=".3">`)
		s.round(s.between(-40, s.w), y, s.between(60, 220), 3+(y-horizon)*.02, 3, s.light)
		s.WriteString(`</g>`)
	}
	for i := range 2 + s.IntN(3) {
		x, y, w := s.between(.05, .8)*s.w, horizon+22+float64(i)*38, 60+float64(i)*34
		s.poly(s.pick([]string{s.spots[0], s.near, s.spots[1]}), x, y, x+w, y, x+w*.84, y+w*.2, x+w*.14, y+w*.2)
		if s.IntN(2) == 0 {
			s.poly(s.light, x+w*.46, y-w*.7, x+w*.46, y-4, x+w*.9, y-4)
			s.line(x+w*.44, y-w*.72, x+w*.44, y, 3, s.near)
		} else {
			s.figure(x+w*.5, y+4, w*.42, false)
		}
	}
	s.hills(s.h-36, 22, 2, s.ground)
}

func (s *sheet) port() {
	s.air()
	quay := s.h * .72
	s.town(quay, 30, 110, s.far)
	for i := range 2 + s.IntN(2) {
		x := 70 + float64(i)*s.between(190, 240)
		top := s.between(60, 110)
		for _, dx := range []float64{0, 70} {
			s.line(x+dx, top+50, x+dx-8, quay, 9, s.spots[0])
		}
		s.rect(x-20, top+44, 180, 10, s.spots[0])
		s.line(x+35, top-10, x+155, top+46, 4, s.spots[0])
		s.line(x+35, top-10, x+35, top+50, 9, s.spots[0])
		s.line(x+130, top+50, x+130, top+130, 2, s.near)
	}
	s.rect(0, quay, s.w, s.h-quay, s.near)
	for x := s.between(-30, 60); x < s.w*.9; x += 92 {
		for n := range 1 + s.IntN(3) {
			y := quay - float64(n+1)*32
			fill := s.spot()
			s.rect(x, y, 88, 30, fill)
			for k := range 5 {
				s.line(x+12+float64(k)*16, y+4, x+12+float64(k)*16, y+26, 2, s.mid)
			}
		}
	}
	s.rect(0, s.h*.86, s.w, s.h, s.spots[2])
	s.poly(s.spots[0], s.w*.42, s.h*.8, s.w*1.1, s.h*.8, s.w*1.1, s.h*.96, s.w*.5, s.h*.96)
	s.rect(s.w*.8, s.h*.68, 80, s.h*.12, s.light)
	s.windows(s.w*.8, s.h*.68, 80, s.h*.12)
}

func (s *sheet) fields() {
	s.air()
	horizon := s.h * s.between(.4, .48)
	s.hills(horizon-6, 44, 3, s.far)
	s.hills(horizon+10, 18, 4, s.mid)
	s.rect(0, horizon+22, s.w, s.h, s.ground)
	cx := s.between(.3, .7) * s.w
	for i := -9; i <= 9; i++ {
		x := cx + float64(i)*s.w*.17
		s.poly(s.pick([]string{s.mid, s.near, s.mid}), cx+float64(i)*12-2, horizon+22, cx+float64(i)*12+2, horizon+22, x+26, s.h, x-26, s.h)
	}
	for i := range 3 + s.IntN(3) {
		y := horizon + 70 + float64(i)*s.between(30, 48)
		s.figure(s.between(.08, .92)*s.w, min(y, s.h-8), 52+(y-horizon)*.34, s.IntN(3) > 0)
	}
}

func (s *sheet) camp() {
	s.air()
	horizon := s.h * .5
	s.hills(horizon, 40, 2, s.far)
	s.hills(horizon+40, 26, 3, s.ground)
	for row := range 3 {
		y, w := horizon+66+float64(row)*58, 62+float64(row)*32
		for x := s.between(-40, 30); x < s.w; x += w * s.between(1.2, 1.7) {
			if s.IntN(4) == 0 {
				s.figure(x+w*.4, y+8, w*.7, false)
				continue
			}
			fill := s.light
			if s.IntN(3) == 0 {
				fill = s.spots[2]
			}
			s.poly(fill, x, y, x+w*.42, y-w*.55, x+w, y)
			s.poly(s.mid, x, y, x+w*.42, y-w*.55, x+w*.3, y)
			s.poly(s.near, x+w*.5, y, x+w*.6, y-w*.26, x+w*.72, y)
		}
	}
}

func (s *sheet) hillside() {
	s.air()
	s.hills(s.h*.3, 70, 2, s.far)
	for row := range 5 {
		y := s.h*.42 + float64(row)*s.h*.145
		s.hills(y-6, 14, 3, s.mid)
		for x := s.between(-40, 10); x < s.w; {
			w := s.between(50, 76) + float64(row)*7
			s.house(x, y+12, w, w*s.between(.75, 1.15), s.IntN(3) > 0)
			x += w + s.between(2, 26)
		}
	}
	if s.IntN(2) == 0 {
		s.line(0, s.h*.16, s.w, s.h*.34, 3, s.near)
		for i := range 3 {
			x := s.w * (.18 + .3*float64(i))
			y := s.h*.16 + x*.18*s.h/s.w
			s.line(x, y, x, y+16, 3, s.near)
			s.round(x-17, y+14, 34, 28, 6, s.spots[0])
		}
	}
}

func (s *sheet) street() {
	s.air()
	y := s.h * .8
	s.town(y, s.h*.42, s.h*.66, s.spots[0], s.spots[1], s.far, s.spots[3])
	s.rect(0, y, s.w, s.h-y, s.ground)
	for x := s.between(20, 80); x < s.w; x += s.between(120, 190) {
		s.rect(x, y-52, 74, 52, s.near)
		for k := range 4 {
			s.poly(s.pick([]string{s.light, s.spots[0]}), x-6+float64(k)*22, y-66, x+16+float64(k)*22, y-66, x+18+float64(k)*22, y-46, x-8+float64(k)*22, y-46)
		}
	}
	for range 3 + s.IntN(3) {
		s.figure(s.between(.05, .95)*s.w, y+s.between(14, 62), s.between(105, 135), false)
	}
}

func (s *sheet) skyline() {
	s.air()
	y := s.h * .78
	s.town(y-20, 80, 210, s.far)
	s.town(y, 60, 240, s.mid, s.near)
	s.rect(0, y, s.w, s.h-y, s.near)
	s.line(0, y+8, s.w, y+8, 6, s.ground)
	for x := s.between(0, 60); x < s.w; x += 110 {
		s.line(x, y-52, x, y+10, 4, s.ground)
		s.circle(x, y-56, 8, s.light)
	}
	for range 4 {
		s.figure(s.between(.05, .95)*s.w, y+8, s.between(64, 84), false)
	}
	for i := range 7 {
		fmt.Fprintf(s, `<g opacity=".4">`)
		s.round(s.between(0, s.w), y+22+float64(i)*11, s.between(40, 150), 4, 2, s.light)
		s.WriteString(`</g>`)
	}
}

func (s *sheet) transit() {
	s.air()
	y := s.h * .84
	s.town(y-40, 120, 250, s.far, s.mid)
	s.rect(0, y-40, s.w, s.h, s.near)
	for x := 10.0; x < s.w; x += 120 {
		s.rect(x, y+34, 60, 6, s.light)
	}
	fill := s.spots[s.IntN(3)]
	x, w, top := s.between(20, 110), s.between(460, 540), y-178
	s.round(x, top, w, 172, 18, fill)
	s.round(x+14, top+24, w-28, 70, 8, s.light)
	for wx := x + 24; wx+60 < x+w; wx += 66 {
		if s.IntN(4) > 0 {
			s.circle(wx+28, top+62, 14, s.pick(skins))
			s.round(wx+8, top+74, 40, 20, 8, s.spot())
		}
		s.rect(wx+58, top+24, 6, 70, fill)
	}
	s.rect(x, top+112, w, 12, s.light)
	for _, wx := range []float64{x + w*.2, x + w*.8} {
		s.circle(wx, y-4, 28, s.sky)
		s.circle(wx, y-4, 24, s.near)
		s.circle(wx, y-4, 10, s.ground)
	}
	s.figure(x+w+46, y+26, 150, false)
}

func (s *sheet) rain() {
	s.air()
	y := s.h * .62
	s.town(y, 120, 220, s.far, s.mid)
	s.rect(0, y, s.w, s.h-y, s.spots[2])
	for i := range 9 {
		fmt.Fprintf(s, `<g opacity=".35">`)
		s.round(s.between(-30, s.w), y+16+float64(i)*18, s.between(80, 260), 4, 2, s.light)
		s.WriteString(`</g>`)
	}
	for range 3 + s.IntN(2) {
		x, base := s.between(.1, .9)*s.w, y+s.between(50, 120)
		s.figure(x, base, 130, false)
		fill := s.spot()
		fmt.Fprintf(s, `<path fill="%s" d="M%.0f %.0fa62 54 0 0 1 124 0z"/>`, fill, x-62, base-128)
		s.line(x, base-130, x, base-70, 4, s.near)
	}
	s.WriteString(`<g opacity=".5">`)
	for range 46 {
		x, y := s.between(0, s.w), s.between(0, s.h)
		s.line(x, y, x-9, y+26, 2, s.light)
	}
	s.WriteString(`</g>`)
}

func (s *sheet) roofs() {
	s.air()
	s.hills(s.h*.5, 40, 3, s.far)
	s.town(s.h*.86, 80, 170, s.far, s.mid)
	x, y, w := s.between(-30, 60), s.h*.95, s.w*s.between(.74, .92)
	s.poly(s.spots[0], x, y, x+w*.22, s.h*.5, x+w*.98, s.h*.5, x+w*1.1, y)
	for row := range 2 {
		for col := range 4 {
			px, py := x+w*(.27+.17*float64(col))-float64(row)*24, s.h*(.56+.17*float64(row))
			s.poly(s.spots[2], px+12, py, px+w*.15+12, py, px+w*.15, py+58, px, py+58)
			s.line(px+6, py+29, px+w*.15+6, py+29, 2, s.light)
			s.line(px+w*.075+12, py, px+w*.075, py+58, 2, s.light)
		}
	}
	s.figure(x+w*.36, s.h*.53, 104, s.IntN(2) == 0)
	s.figure(x+w*.82, s.h*.54, 108, s.IntN(2) == 0)
	s.rect(0, y, s.w, s.h-y, s.near)
}

func (s *sheet) park() {
	s.air()
	y := s.h * .6
	s.town(y, 60, 150, s.far)
	s.hills(y, 16, 3, s.mid)
	s.rect(0, y+30, s.w, s.h, s.ground)
	for x := s.between(10, 70); x < s.w; x += s.between(110, 190) {
		s.tree(x, y+s.between(30, 70), s.between(170, 240))
	}
	for range 3 + s.IntN(4) {
		s.figure(s.between(.06, .94)*s.w, y+s.between(100, 170), s.between(70, 120), s.IntN(5) == 0)
	}
}

func (s *sheet) mountains() {
	s.air()
	for i, fill := range []string{s.far, s.mid} {
		base := s.h * (.62 + .12*float64(i))
		for x := s.between(-160, -60); x < s.w; x += s.between(150, 240) {
			w, h := s.between(240, 340), s.between(150, 240)-float64(i)*50
			s.poly(fill, x, base, x+w/2, base-h, x+w, base)
			s.poly(s.light, x+w*.39, base-h*.78, x+w/2, base-h, x+w*.61, base-h*.78, x+w*.53, base-h*.7, x+w*.47, base-h*.8)
		}
	}
	s.hills(s.h*.74, 20, 3, s.light)
	for x := s.between(20, 60); x < s.w; x += s.between(110, 170) {
		s.house(x, s.h*.86, 78, 56, false)
	}
	s.hills(s.h*.93, 12, 2, s.ground)
	for range 2 + s.IntN(2) {
		s.figure(s.between(.1, .9)*s.w, s.h*.96, 84, false)
	}
}
