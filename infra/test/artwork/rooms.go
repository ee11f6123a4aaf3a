package artwork

import "fmt"

// room draws a wall, the floor, and light that comes through a window.
func (s *sheet) room() (floor float64) {
	floor = s.h * .78
	wall := s.glow
	if s.night {
		wall = s.mid
	}
	s.rect(0, 0, s.w, s.h, wall)
	s.rect(0, floor, s.w, s.h-floor, s.ground)
	x := s.between(.06, .6) * s.w
	s.rect(x, 42, 190, 150, s.near)
	s.rect(x+8, 50, 174, 134, "url(#s)")
	s.hills0(x+8, 150, 174, 34)
	s.line(x+95, 46, x+95, 188, 6, s.near)
	fmt.Fprintf(s, `<g opacity=".22">`)
	s.poly(s.light, x, 192, x+190, 192, x+300, s.h, x+40, s.h)
	s.WriteString(`</g>`)
	return floor
}

// hills0 draws a ridge within a window.
func (s *sheet) hills0(x, y, w, h float64) {
	s.poly(s.far, x, y+h, x, y+8, x+w*.3, y-10, x+w*.6, y+6, x+w, y-6, x+w, y+h)
}

func (s *sheet) table() {
	floor := s.room()
	n := 3 + s.IntN(3)
	for i := range n {
		x := s.w * (.5 + float64(i)) / float64(n)
		s.bust(x+s.between(-10, 10), floor+6, s.between(150, 178))
	}
	s.rect(0, floor-8, s.w, 16, s.light)
	s.rect(0, floor+8, s.w, s.h-floor, s.near)
	for i := range n + 1 {
		x := s.w * (.3 + float64(i)) / float64(n+1)
		switch s.IntN(3) {
		case 0:
			s.poly(s.spots[3], x, floor-6, x+62, floor-6, x+52, floor-14, x+10, floor-14)
		case 1:
			s.round(x, floor-34, 18, 28, 4, s.spots[2])
		default:
			s.line(x, floor-6, x+16, floor-44, 4, s.near)
			s.circle(x+17, floor-47, 6, s.near)
		}
	}
}

func (s *sheet) counter() {
	floor := s.room()
	s.rect(s.w*.66, 70, s.w*.3, 46, s.spots[0])
	for i := range 3 {
		s.rect(s.w*.69+float64(i)*64, 84, 44, 8, s.light)
		s.rect(s.w*.69+float64(i)*64, 98, 30, 6, s.light)
	}
	s.bust(s.w*.84, floor-70, 120)
	s.rect(s.w*.64, floor-84, s.w*.4, 14, s.light)
	s.rect(s.w*.66, floor-70, s.w*.4, s.h, s.mid)
	for i := range 4 + s.IntN(2) {
		x := s.w*.58 - float64(i)*s.between(78, 92)
		h := s.between(210, 246)
		s.figure(x, floor+s.between(36, 56), h, false)
		if s.IntN(2) == 0 {
			s.round(x+16, floor+8, 40, 46, 6, s.spot())
		}
	}
}

func (s *sheet) papers() {
	s.rect(0, 0, s.w, s.h, s.spots[s.IntN(3)])
	fmt.Fprintf(s, `<g opacity=".14">`)
	s.poly(s.near, 0, s.h, s.w*.3, 0, s.w*.52, 0, s.w*.2, s.h)
	s.WriteString(`</g>`)
	for range 3 + s.IntN(2) {
		x, y, turn := s.between(.04, .5)*s.w, s.between(.06, .4)*s.h, s.between(-24, 24)
		fmt.Fprintf(s, `<g transform="rotate(%.0f %.0f %.0f)">`, turn, x+110, y+140)
		s.rect(x+5, y+6, 210, 270, s.near)
		s.rect(x, y, 210, 270, s.pick([]string{s.light, s.spots[3]}))
		for i := range 7 {
			s.rect(x+24, y+62+float64(i)*22, s.between(90, 162), 7, s.far)
		}
		s.rect(x+24, y+26, 96, 14, s.near)
		if s.IntN(2) == 0 {
			s.circle(x+160, y+220, 30, s.spots[0])
			s.circle(x+160, y+220, 22, s.light)
		}
		s.WriteString(`</g>`)
	}
	x, y := s.between(.6, .74)*s.w, s.between(.12, .34)*s.h
	fmt.Fprintf(s, `<g transform="rotate(%.0f %.0f %.0f)">`, s.between(-16, 20), x+60, y+110)
	s.round(x, y, 128, 244, 18, s.near)
	s.round(x+9, y+16, 110, 206, 6, s.sky)
	s.circle(x+64, y+94, 32, s.light)
	s.round(x+26, y+150, 76, 14, 7, s.light)
	s.round(x+26, y+174, 50, 14, 7, s.spots[1])
	s.WriteString(`</g>`)
	for i := range 2 {
		cx, cy := s.w*(.1+.2*float64(i)), s.h*.86
		s.circle(cx, cy, 34, s.light)
		s.circle(cx, cy, 26, s.near)
	}
}

func (s *sheet) corridor() {
	s.rect(0, 0, s.w, s.h, s.far)
	cx, cy := s.between(.4, .6)*s.w, s.h*.44
	l, r, t, b := cx-70, cx+70, cy-60, cy+60
	s.poly(s.glow, 0, 0, s.w, 0, r, t, l, t)
	s.poly(s.ground, 0, s.h, s.w, s.h, r, b, l, b)
	s.rect(l, t, r-l, b-t, s.light)
	for i := range 5 {
		f, g := 1-float64(i)*.2, 1-float64(i)*.2-.12
		for _, edge := range []float64{0, s.w} {
			near, end := l, edge
			if edge > 0 {
				near = r
			}
			x1, x2 := near+(end-near)*f, near+(end-near)*g
			y1, y2 := t+(s.h*.2-t)*f, t+(s.h*.2-t)*g
			s.poly(s.pick([]string{s.mid, s.spots[0], s.spots[2], s.spots[1]}), x1, y1, x2, y2, x2, b+(s.h-b)*g, x1, b+(s.h-b)*f)
		}
	}
	fmt.Fprintf(s, `<g opacity=".3">`)
	s.poly(s.light, l, b, r, b, cx+180, s.h, cx-180, s.h)
	s.WriteString(`</g>`)
	s.figure(cx+s.between(-30, 30), b+60, 150, false)
	if s.IntN(2) == 0 {
		s.figure(cx+s.between(-60, 60), b+20, 100, false)
	}
}

func (s *sheet) portrait() {
	floor := s.room()
	s.bust(s.w*s.between(.36, .64), s.h*.98, s.h*.62)
	s.rect(0, floor+58, s.w, s.h, s.near)
	x := s.w * s.between(.1, .8)
	switch s.IntN(3) {
	case 0:
		s.round(x, floor-12, 90, 70, 8, s.spots[0])
		s.round(x+10, floor-34, 70, 26, 8, s.light)
	case 1:
		s.tree(x+30, floor+60, 190)
	default:
		s.poly(s.spots[3], x, floor+58, x+100, floor+58, x+86, floor+36, x+14, floor+36)
		s.circle(x+36, floor+30, 15, s.spots[1])
		s.circle(x+64, floor+30, 15, s.spots[0])
	}
}
