# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every table of the house, gathered: importing this makes ``metadata`` whole."""

from sqlmodel import SQLModel

from relay.store import account, alert, article, echo, feed, instance, ledger, newsroom, strike, subscription

TABLES = (
    instance.Instance,
    newsroom.Newsroom,
    feed.Feed,
    article.Hold,
    article.Article,
    article.Alias,
    account.Account,
    strike.Strike,
    strike.Phrase,
    strike.Slot,
    strike.Target,
    ledger.Notice,
    ledger.Delivery,
    alert.Channel,
    alert.Alert,
    alert.Telling,
    echo.Echo,
    subscription.Subscription,
    subscription.Push,
)

metadata = SQLModel.metadata
