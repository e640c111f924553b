"""The proxy for area grows with everything that costs."""

from archwright.interconnect.noc import area_mm2, mesh, torus


def test_everything_costs():
    plain = area_mm2(mesh(8, 8), 4, 4)
    dearer = [area_mm2(mesh(8, 8), 5, 4), area_mm2(mesh(8, 8), 4, 5), area_mm2(mesh(8, 8, express=2), 4, 4),
              area_mm2(torus(8, 8), 4, 4), area_mm2(mesh(9, 8), 4, 4)]  # fmt: skip
    assert min(dearer) > plain


def test_buffers_count_their_bits():
    ports = 4 * 3 + 8 * 4 + 4 * 5  # corners, edges and middles of a 4x4 mesh
    more = area_mm2(mesh(4, 4), 2, 5) - area_mm2(mesh(4, 4), 2, 4)
    assert abs(more - ports * 2 * 128 * 2.5 / 1e6) < 1e-9
