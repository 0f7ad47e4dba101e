# SPDX-License-Identifier: AGPL-3.0-or-later
"""The farm: thousands of feeds on loopback that publish, fail in every known way, and keep a score of their reader.

farm = Farm(RealClock(), feeds=1000, per_host=50, hub_every=5)  # relay.square.farm.farm
await farm.start()
farm.addresses[7]  # http://127.1.0.1:40001/f/7; on Linux each fifty feeds have a host of their own
farm.publish(7, 8)  # an article in each, now
farm.schedule(rate=1.5)  # and as many an hour in each from here on
farm.touch(9)  # another document with nothing new in it
farm.fault("truncated-gzip", 10, times=3)  # the catalogue: relay.square.farm.faults.FAULTS
farm.fault("slow-loris", *range(20, 70), seconds=600)
farm.hub.fault("never-pushes", 0)  # and relay.square.farm.hub_faults.HUB_FAULTS
[(farm.link(each), each.appeared, each.served, each.pushed) for each in farm.published()]
farm.told  # how many answers of which kind
farm.score()  # points, sins and examples in words: relay.square.farm.score
await farm.stop()
"""
