"""Webhooks out and in, signed after Standard Webhooks (DATA-3, AUTO-5, AUTO-9).

``signing`` makes and checks signatures, ``posting`` sends one message, ``fan_out`` turns sealed events into deliveries,
``payloads`` writes what a subscription's owner may see of an event, ``delivering`` sends, retries and switches off,
``receiving`` takes messages in, ``outflow`` holds who approved what for which destination.
"""
