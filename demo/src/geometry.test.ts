import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { along, mapSize, nearest, project, routeOf } from './geometry.ts'

describe('the map', () => {
  test.each([
    ['New York', -73.78, 40.64],
    ['Seattle', -122.31, 47.45],
    ['Miami', -80.29, 25.79],
    ['San Diego', -117.19, 32.73],
    ['Anchorage', -149.99, 61.17],
    ['Adak, beyond the 180th meridian', 173.2, 52.8],
    ['Honolulu', -157.92, 21.32],
    ['Saint Thomas', -64.97, 18.34],
  ])('%s is on it', (_, longitude, latitude) => {
    const { x, y } = project(longitude, latitude)
    expect(x).toBeGreaterThan(0)
    expect(x).toBeLessThan(mapSize.width)
    expect(y).toBeGreaterThan(0)
    expect(y).toBeLessThan(mapSize.height)
  })
  test('north is up and east is right', () => {
    const [denver, chicago, dallas] = [project(-104.67, 39.86), project(-87.9, 41.98), project(-97.04, 32.9)]
    expect(chicago.x).toBeGreaterThan(denver.x)
    expect(dallas.y).toBeGreaterThan(denver.y)
  })
  test('equal areas of the earth are equal areas of the map', () => {
    // Degrees of longitude are narrower in the north, by the cosine of the latitude.
    const area = (longitude: number, latitude: number) => {
      const d = 0.01
      const [a, b, c] = [
        project(longitude, latitude),
        project(longitude + d, latitude),
        project(longitude, latitude + d),
      ]
      const cross = Math.abs((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x))
      return cross / Math.cos(((latitude + d / 2) * Math.PI) / 180)
    }
    fc.assert(
      fc.property(
        fc.double({ min: -124, max: -68, noNaN: true }),
        fc.double({ min: 25, max: 49, noNaN: true }),
        (x, y) => {
          expect(area(x, y) / area(-96, 38)).toBeCloseTo(1, 2)
        },
      ),
    )
  })
})

describe('a route', () => {
  const route = routeOf({ x: 100, y: 100 }, { x: 300, y: 100 })
  test('begins and ends where it should, and never leaves', () => {
    expect(along(route, 0)).toMatchObject({ x: 100, y: 100 })
    expect(along(route, 1)).toMatchObject({ x: 300, y: 100 })
    expect(along(route, 7)).toMatchObject({ x: 300, y: 100 })
    expect(along(route, -1)).toMatchObject({ x: 100, y: 100 })
  })
  test('is bent, the other way on the way back', () => {
    const back = routeOf(route.to, route.from)
    expect(along(route, 0.5).y).not.toBe(100)
    expect(along(route, 0.5).y - 100).toBeCloseTo(100 - along(back, 0.5).y)
  })
  test('looks to where it goes', () => {
    expect(along(route, 0.5).heading).toBeCloseTo(0)
    expect(Math.abs(along(routeOf(route.to, route.from), 0.5).heading)).toBeCloseTo(Math.PI)
  })
})

test('the nearest of some points, within reach', () => {
  const points = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
  ]
  expect(nearest(points, { x: 7, y: 0 }, 5)).toBe(1)
  expect(nearest(points, { x: 4, y: 1 }, 5)).toBe(0)
  expect(nearest(points, { x: 50, y: 0 }, 5)).toBe(-1)
  expect(nearest([], { x: 0, y: 0 }, 5)).toBe(-1)
})
