#!/usr/bin/python3
"""Writes numbers.tsv: what Google's own metadata, by another port of
libphonenumber (Debian's python3-phonenumbers), says of numbers of every
country and type. Run: ./numbers.py > numbers.tsv

Columns: the number as typed, E.164, country, type, valid. Numbers without a
country code are read as of KR."""
import random
import phonenumbers as p

TYPES = {v: k for k, v in vars(p.PhoneNumberType).items() if isinstance(v, int)}
random.seed(1)


def row(typed):
    try:
        n = p.parse(typed, "KR")
    except p.NumberParseException as e:
        kind = "COUNTRY" if e.error_type == p.NumberParseException.INVALID_COUNTRY_CODE else "MALFORMED"
        print(typed, "", "", kind, 0, sep="\t")
        return
    print(typed, p.format_number(n, p.PhoneNumberFormat.E164), p.region_code_for_number(n) or "",
          TYPES[p.number_type(n)], int(p.is_valid_number(n)), sep="\t")


print("# python3-phonenumbers", p.__version__, "(Apache-2.0); made by numbers.py", sep=" ")
for region in sorted(p.SUPPORTED_REGIONS):
    for kind in sorted(TYPES):
        n = p.example_number_for_type(region, kind)
        if n is None:
            continue
        row(p.format_number(n, p.PhoneNumberFormat.E164))
        if kind in (p.PhoneNumberType.MOBILE, p.PhoneNumberType.FIXED_LINE_OR_MOBILE):
            row(p.format_number(n, p.PhoneNumberFormat.INTERNATIONAL))
            e164 = p.format_number(n, p.PhoneNumberFormat.E164)
            row(e164[:-3])   # too short
            row(e164 + "00000")  # too long
for kind in sorted(TYPES):
    n = p.example_number_for_type("KR", kind)
    if n is not None:
        row(p.format_number(n, p.PhoneNumberFormat.NATIONAL))
for _ in range(400):
    row("+" + "".join(random.choice("0123456789") for _ in range(random.randint(7, 15))))
