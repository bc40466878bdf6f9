"""How many requests to keep in flight at one server.

Little's law: with ``limit`` requests in flight, throughput is limit / latency. More in flight is worth it as long as
throughput grows; once only latency grows, the server is full. Refusals (429) say so outright, where they are more than
one in ten.
"""

from __future__ import annotations

GAIN = 1.05
"""A step up has to bring that much more throughput to be kept."""
REST = 8
"""Rounds to stay where it is before trying again whether more is possible."""
CHANCE = 0.1
"""Refusals for each answer that say nothing: some servers refuse now and then, however little they have to do."""
SPARE = 4.0
"""How many of them may come at once, or a tenth of the limit where that is more."""


class Pace:
    """A limit that climbs while throughput climbs, and halves when the server refuses.

    A round is as many answers as the limit: about one latency long.
    """

    def __init__(self, most: int, start: int = 16) -> None:
        self.most = most
        self.limit = min(start, most)
        self.step = 2.0
        self.climbing = True
        self.rest = 0
        self.before: tuple[int, float] = (self.limit, 0.0)
        self.cut = float("-inf")
        self.spare = SPARE
        self.began: float | None = None
        self.answers = 0
        self.work = 0.0

    def answered(self, work: float, in_flight: int, now: float) -> None:
        """An answer of so much work (tokens) came; ``now`` in seconds of any clock that only goes forward."""
        self.spare = min(self.spare + CHANCE, max(SPARE, CHANCE * self.limit))
        if self.began is None or in_flight < self.limit * 0.8:
            self.again(now)  # not full: says nothing about the limit
            return
        self.answers += 1
        self.work += work
        if self.answers >= self.limit and now > self.began:
            self.judge(self.work / (now - self.began))
            self.again(now)

    def judge(self, throughput: float) -> None:
        limit, rate = self.before
        if self.climbing and throughput < rate * GAIN:
            # The last step brought nothing but latency: back, and stay for a while.
            self.limit, self.climbing, self.rest = limit, False, REST
            self.step = 1.25
        elif self.climbing or self.rest == 0:
            self.before = (self.limit, throughput)
            self.climbing = True
            self.limit = min(self.most, max(self.limit + 1, int(self.limit * self.step)))
        else:
            self.rest -= 1

    def refused(self, now: float) -> bool:
        """The server had too much: half of it. Once a second at most: a storm of refusals is one message.

        Returns whether it was more than chance; what may have been chance changes nothing.
        """
        if self.spare >= 1:
            self.spare -= 1
            return False
        if now - self.cut < 1.0:
            return True
        self.cut = now
        self.limit = max(1, self.limit // 2)
        self.before, self.climbing, self.rest, self.step = (self.limit, 0.0), False, REST, 1.25
        self.again(now)
        return True

    def again(self, now: float) -> None:
        self.began, self.answers, self.work = now, 0, 0.0
