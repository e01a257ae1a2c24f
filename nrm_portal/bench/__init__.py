"""The portal measured against its own limits: `manage.py bench` (docs/performance.md says what and why).

`scratch` makes databases of its own, `volume` fills them by set SQL, `subjects` says what is measured against
what, `rounds` measures both sides in turn, `report` prints ratios. Absolute times mean nothing elsewhere.
"""
