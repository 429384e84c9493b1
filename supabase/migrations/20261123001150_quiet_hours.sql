-- Quiet hours: when people in each state may be texted, which states and time zones an area code
-- stands for, and the next window in which a group of recipients may be texted.
--
-- Not legal advice. The data is a reading of 2026-11-25; every row names its source, the date that the
-- source speaks for, and how sure the reading is (confidence):
--   high    the text was seen, or is quoted by a source that says it read it, or three sources agree
--   medium  a secondary source, or it is arguable that the rule reaches texts people consented to
--   low     only that no rule was found, or the text was not seen
-- Most state rows rest on quotations of statutes that were read for voice calls. What the reading decides:
--   * A text that a person consented to is arguably no "telephone solicitation". The hours are applied to
--     it nevertheless; federally 08:00 to 21:00 where the person is, 47 CFR 64.1200(c)(1).
--   * Where the person is, is not known for sure: the address's state and the area code may disagree. Every
--     state and every zone that it may be has to be open. FL and OK presume residence from the area code;
--     OR lets a sender rely on it.
--   * Pennsylvania: Act 47 of 2026, in force since 2026-10-18. Its enacted text was not read.
--   * Texas: that its hours reach texts at all is argued.
-- Not here: the holidays on which AL, LA, PA, RI and UT are closed (their rows are, as day 7, but no list of dates),
-- the emergencies during which Louisiana forbids soliciting, and Eastern time near Phenix City, AL (334).
-- The zones' offsets are those of Postgres' time zone data: before 2026f, Vancouver, Edmonton and Winnipeg
-- are an hour off in winter.

-- When people in a state may be texted, by the day of their own week. No triggers.
-- The check keeps every state within the federal hours, and every window clear of the hour that
-- daylight saving skips or repeats.
create table private.quiet_hours (
  state text not null check (state ~ '^[A-Z]{2}$'),
  dow smallint not null check (dow between 0 and 7),
  opens time,
  closes time,
  source text not null,
  as_of date not null,
  confidence text not null check (confidence in ('high', 'medium', 'low')),
  primary key (state, dow),
  check ((opens is null) = (closes is null)),
  check (opens >= '08:00' and opens < closes and closes <= '21:00')
);
comment on column private.quiet_hours.state is
  'postal code; US: for a state without rows. A state with rows is closed on a day that it has no row for';
comment on column private.quiet_hours.dow is
  'day of the week, 0 is Sunday; 7 is a public holiday of the state: on record only, because the dates are not, so nothing applies it';
comment on column private.quiet_hours.opens is 'local time of the first text; null: closed all day';
comment on column private.quiet_hours.closes is 'local time from which nothing may be sent any more';
comment on column private.quiet_hours.as_of is 'the day that the source speaks for';
alter table private.quiet_hours enable row level security;
grant select on private.quiet_hours to service_role;

insert into private.quiet_hours (state, dow, opens, closes, source, as_of, confidence)
select h.state, d.dow::smallint, h.opens::time, h.closes::time, h.source, h.as_of::date, h.confidence
from (values
  ('US', '0123456', '08:00', '21:00', '2026-09-03', 'high', '47 CFR 64.1200(c)(1) (federal floor; use for any state not listed)'),
  ('AK', '0123456', '08:00', '21:00', '2026-09-03', 'medium', '47 CFR 64.1200(c)(1); no hours rule found in AS 45.63, 45.50.475'),
  ('AL', '07', null, null, '2024-11-27', 'medium', 'Ala. Admin. Code r. 770-X-5-.17(1)(b),(2)(b) (PSC rule; reach to consented texts arguable)'),
  ('AL', '123456', '08:00', '20:00', '2024-11-27', 'medium', 'Ala. Admin. Code r. 770-X-5-.17(1)(b),(2)(b) (PSC rule; reach to consented texts arguable)'),
  ('AR', '0123456', '08:00', '21:00', '2026-09-03', 'medium', '47 CFR 64.1200(c)(1); Ark. Code 4-99-405(3) adopts 16 CFR 310.4'),
  ('AS', '0123456', '08:00', '21:00', '2026-09-03', 'low', '47 CFR 64.1200(c)(1); territorial law not read'),
  ('AZ', '0123456', '08:00', '21:00', '2026-09-03', 'medium', '47 CFR 64.1200(c)(1); A.R.S. 44-1278(B)(6) adopts it; 44-1278(B)(3) bars unsolicited sales calls to mobiles at any hour'),
  ('CA', '0123456', '08:00', '21:00', '2026-09-03', 'medium', '47 CFR 64.1200(c)(1); Cal. Pub. Util. Code 2872 (09-21) is recorded-message devices only'),
  ('CO', '0123456', '08:00', '21:00', '2026-09-03', 'medium', '47 CFR 64.1200(c)(1); no hours rule found in C.R.S. 6-1-304, 6-1-904'),
  ('CT', '0123456', '09:00', '20:00', '2026-09-03', 'high', 'Conn. Gen. Stat. 42-288a(c)'),
  ('DC', '0123456', '08:00', '21:00', '2026-09-03', 'high', 'D.C. Code 22-3226.08'),
  ('DE', '0123456', '08:00', '21:00', '2026-09-03', 'medium', '47 CFR 64.1200(c)(1); no hours rule found in 6 Del. C. ch. 25A'),
  ('FL', '0123456', '08:00', '20:00', '2026-09-03', 'high', 'Fla. Stat. 501.616(6)(a)'),
  ('GA', '0123456', '08:00', '21:00', '2026-09-03', 'medium', '47 CFR 64.1200(c)(1); O.C.G.A. 46-5-23 (08-21) is recorded-message devices only'),
  ('GU', '0123456', '08:00', '21:00', '2026-09-03', 'low', '47 CFR 64.1200(c)(1); territorial law not read'),
  ('HI', '0123456', '08:00', '21:00', '2026-09-03', 'high', 'Haw. Rev. Stat. 481P-3(8)'),
  ('IA', '0123456', '08:00', '21:00', '2026-09-03', 'low', '47 CFR 64.1200(c)(1); no Iowa solicitation-hours statute found (absence only)'),
  ('ID', '0123456', '08:00', '21:00', '2026-09-03', 'medium', '47 CFR 64.1200(c)(1); no hours rule found in Idaho Code title 48 ch. 10'),
  ('IL', '0123456', '08:00', '21:00', '2026-09-03', 'medium', '815 ILCS 413/15(a); some vendors apply 09:00 from 815 ILCS 305 (recorded messages)'),
  ('IN', '0123456', '08:00', '21:00', '2026-09-03', 'medium', '47 CFR 64.1200(c)(1); no hours rule found in IC 24-4.7'),
  ('KS', '0123456', '08:00', '21:00', '2026-09-03', 'medium', '47 CFR 64.1200(c)(1); no hours rule found in K.S.A. 50-670'),
  ('KY', '0123456', '10:00', '21:00', '2026-09-03', 'medium', 'KRS 367.46955(16) (calls to a residence)'),
  ('LA', '07', null, null, '2026-09-03', 'medium', 'La. PSC Do Not Call General Order (R-29617) s. V(A); La. R.S. 45:811(2)-(3)'),
  ('LA', '123456', '08:00', '20:00', '2026-09-03', 'medium', 'La. PSC Do Not Call General Order (R-29617) s. V(A); La. R.S. 45:811(2)-(3)'),
  ('MA', '0123456', '08:00', '20:00', '2026-09-03', 'high', 'Mass. G.L. c. 159C s. 3; 201 CMR 12.02(2)'),
  ('MD', '0123456', '08:00', '20:00', '2026-09-03', 'high', 'Md. Code Com. Law 14-4502(c)(1)'),
  ('ME', '0123456', '08:00', '21:00', '2026-09-03', 'medium', '47 CFR 64.1200(c)(1); 10 M.R.S. 1498(3) (weekdays 09-17) is recorded-message devices only'),
  ('MI', '0123456', '09:00', '21:00', '2026-09-03', 'medium', 'MCL 750.540e(1)(f) (criminal harassment statute; SB 351 pending)'),
  ('MN', '0123456', '09:00', '21:00', '2026-09-03', 'medium', 'Minn. Stat. 325E.30 (residential subscribers)'),
  ('MO', '0123456', '08:00', '21:00', '2026-09-03', 'high', 'Mo. Rev. Stat. 407.1076(5)'),
  ('MP', '0123456', '08:00', '21:00', '2026-09-03', 'low', '47 CFR 64.1200(c)(1); territorial law not read'),
  ('MS', '0', null, null, '2026-09-03', 'high', 'Miss. Code 77-3-723(1) (Central time; covers texts)'),
  ('MS', '123456', '08:00', '20:00', '2026-09-03', 'high', 'Miss. Code 77-3-723(1) (Central time; covers texts)'),
  ('MT', '0123456', '08:00', '21:00', '2026-09-03', 'high', 'Mont. Code 30-14-1412(1)(d)'),
  ('NC', '0123456', '08:00', '21:00', '2026-09-03', 'high', 'N.C. Gen. Stat. 75-102(f)'),
  ('ND', '0123456', '08:00', '21:00', '2026-09-03', 'high', 'N.D. Cent. Code 51-28-05'),
  ('NE', '0123456', '08:00', '21:00', '2026-09-03', 'medium', 'Neb. Rev. Stat. 86-248(1) (auto-dialing-announcing devices); 47 CFR 64.1200(c)(1)'),
  ('NH', '0123456', '08:00', '21:00', '2026-09-03', 'medium', '47 CFR 64.1200(c)(1); no hours rule found in RSA 359-E'),
  ('NJ', '0123456', '08:00', '21:00', '2024-10-01', 'high', 'N.J.S.A. 56:8-128(d) (some vendors apply 20:00; the statute says 21:00)'),
  ('NM', '0123456', '09:00', '21:00', '2026-09-03', 'high', 'N.M. Stat. 57-12-22(B)(5)'),
  ('NV', '0123456', '09:00', '20:00', '2026-06-12', 'medium', 'NRS 598.0918(3) (said to name text messages; statute text not seen)'),
  ('NY', '0123456', '08:00', '21:00', '2026-09-03', 'high', 'N.Y. Gen. Bus. Law 399-z(2)'),
  ('OH', '0123456', '08:00', '21:00', '2026-09-03', 'medium', '47 CFR 64.1200(c)(1); R.C. 109.87 adopts federal rules; no state hours rule'),
  ('OK', '0123456', '08:00', '20:00', '2026-09-03', 'high', 'Okla. Stat. tit. 15 s. 775C.4(A)'),
  ('OR', '0123456', '08:00', '20:00', '2026-09-03', 'high', 'ORS 646.563(1)(b) (HB 3865; 2025 Or. Laws ch. 580; covers texts)'),
  ('PA', '07', null, null, '2026-09-03', 'medium', '73 P.S. 2245(a)(1),(10) as amended by Act 47 of 2026 (SB 992) effective 2026-10-18 (was 08-21 with Sundays open)'),
  ('PA', '123456', '09:00', '19:00', '2026-09-03', 'medium', '73 P.S. 2245(a)(1),(10) as amended by Act 47 of 2026 (SB 992) effective 2026-10-18 (was 08-21 with Sundays open)'),
  ('PR', '0123456', '08:00', '21:00', '2026-09-03', 'low', '47 CFR 64.1200(c)(1); territorial law not read'),
  ('RI', '07', null, null, '2026-09-03', 'high', 'R.I. Gen. Laws 5-61-2(2), 5-61-3.6(a)'),
  ('RI', '12345', '09:00', '18:00', '2026-09-03', 'high', 'R.I. Gen. Laws 5-61-2(2), 5-61-3.6(a)'),
  ('RI', '6', '10:00', '17:00', '2026-09-03', 'high', 'R.I. Gen. Laws 5-61-2(2), 5-61-3.6(a)'),
  ('SC', '0123456', '08:00', '21:00', '2026-09-03', 'high', 'S.C. Code 37-21-30'),
  ('SD', '0', null, null, '2026-09-03', 'low', 'SDCL 37-30A-3(2) (text not seen); SDCL 37-30-28 limits autodialers to weekdays 09-21'),
  ('SD', '123456', '09:00', '21:00', '2026-09-03', 'low', 'SDCL 37-30A-3(2) (text not seen); SDCL 37-30-28 limits autodialers to weekdays 09-21'),
  ('TN', '0123456', '08:00', '21:00', '2026-09-03', 'high', 'T.C.A. 65-4-402; Tenn. Comp. R. & Regs. 1220-04-11-.02(1)'),
  ('TX', '0', '12:00', '21:00', '2026-09-03', 'medium', 'Tex. Bus. & Com. Code 301.051(b)(2) (residential consumer calls; SB 140 extended the chapter family to texts 2025-09-01)'),
  ('TX', '123456', '09:00', '21:00', '2026-09-03', 'medium', 'Tex. Bus. & Com. Code 301.051(b)(2) (residential consumer calls; SB 140 extended the chapter family to texts 2025-09-01)'),
  ('UT', '07', null, null, '2025-01-01', 'high', 'Utah Code 13-25a-103(3) (unless prior express consent)'),
  ('UT', '123456', '08:00', '21:00', '2025-01-01', 'high', 'Utah Code 13-25a-103(3) (unless prior express consent)'),
  ('VA', '0123456', '08:00', '21:00', '2026-09-03', 'high', 'Va. Code 59.1-511 (unless prior consent)'),
  ('VI', '0123456', '08:00', '21:00', '2026-09-03', 'low', '47 CFR 64.1200(c)(1); territorial law not read'),
  ('VT', '0123456', '08:00', '21:00', '2026-09-03', 'low', '47 CFR 64.1200(c)(1); no Vermont hours rule found (absence only)'),
  ('WA', '0123456', '08:00', '20:00', '2026-09-03', 'high', 'RCW 19.158.040(2), 19.158.110(4)'),
  ('WI', '0123456', '08:00', '21:00', '2026-09-03', 'medium', '47 CFR 64.1200(c)(1); Wis. Admin. Code ATCP 127.16(3)'),
  ('WV', '0123456', '08:00', '21:00', '2026-09-03', 'high', 'W. Va. Code 46A-6F-601(a)(4)'),
  ('WY', '0123456', '08:00', '20:00', '2026-09-03', 'high', 'Wyo. Stat. 40-12-302(d)')
) h (state, days, opens, closes, as_of, confidence, source),
  string_to_table(h.days, null) d (dow);

-- The area codes of country code 1, with where their numbers are. No triggers.
-- From the tables of phonenumbers 9.0.43, with 689 (Orlando) corrected to Eastern, overlays given their parent's
-- zones, and 12 codes added from their parents. Of those 436, 465, 471, 483, 624, 729, 837 and 924 may not be in
-- service yet. The codes that belong to no place are from memory.
create table private.area_codes (
  area_code text primary key check (area_code ~ '^[2-9][0-9]{2}$'),
  country text not null,
  region text,
  zones text[] not null check (array_position(zones, null) is null)
);
comment on column private.area_codes.country is 'ISO code; NANP: no country''s (toll-free, personal, premium)';
comment on column private.area_codes.region is
  'postal code in the US; in Canada one or several with | between; else what the code is for; null: the whole country';
comment on column private.area_codes.zones is
  'all time zones that its numbers may be in; empty: the numbers belong to no place and must never be texted';
alter table private.area_codes enable row level security;
grant select on private.area_codes to service_role;

insert into private.area_codes (area_code, country, region, zones)
select c.area_code, a.country, a.region, a.zones::text[]
from (values
  ('US', 'AK', '{America/Adak,America/Anchorage,America/Juneau,Pacific/Honolulu}', '907'),
  ('US', 'AL', '{America/Chicago}', '205 251 256 334 483 659 938'),
  ('US', 'AR', '{America/Chicago}', '327 479 501 870'),
  ('US', 'AS', '{Pacific/Pago_Pago}', '684'),
  ('US', 'AZ', '{America/Denver,America/Phoenix}', '928'),
  ('US', 'AZ', '{America/Phoenix}', '480 520 602 623'),
  ('US', 'CA', '{America/Los_Angeles}',
    '209 213 279 310 323 341 350 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 738
     747 760 805 818 820 831 837 840 858 909 916 925 949 951'),
  ('US', 'CO', '{America/Denver}', '303 719 720 748 970 983'),
  ('US', 'CT', '{America/New_York}', '203 475 860 959'),
  ('US', 'DC', '{America/New_York}', '202 771'),
  ('US', 'DE', '{America/New_York}', '302'),
  ('US', 'FL', '{America/Chicago,America/New_York}', '448 850'),
  ('US', 'FL', '{America/New_York}',
    '239 305 321 324 352 386 407 561 645 656 689 727 728 754 772 786 813 863 904 941 954'),
  ('US', 'GA', '{America/New_York}', '229 404 470 478 678 706 762 770 912 943'),
  ('US', 'GU', '{Pacific/Guam}', '671'),
  ('US', 'HI', '{Pacific/Honolulu}', '808'),
  ('US', 'IA', '{America/Chicago}', '319 515 563 641 712'),
  ('US', 'ID', '{America/Boise,America/Denver,America/Los_Angeles}', '208'),
  ('US', 'ID', '{America/Boise,America/Los_Angeles}', '986'),
  ('US', 'IL', '{America/Chicago}', '217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 861 872'),
  ('US', 'IN', '{America/Chicago,America/New_York}', '219 574 812 930'),
  ('US', 'IN', '{America/New_York}', '260 317 463 765'),
  ('US', 'KS', '{America/Chicago}', '316 913'),
  ('US', 'KS', '{America/Chicago,America/Denver}', '620 785'),
  ('US', 'KY', '{America/Chicago,America/New_York}', '270 364 606'),
  ('US', 'KY', '{America/New_York}', '502 859'),
  ('US', 'LA', '{America/Chicago}', '225 318 337 457 504 985'),
  ('US', 'MA', '{America/New_York}', '339 351 413 508 617 774 781 857 978'),
  ('US', 'MD', '{America/New_York}', '227 240 301 410 443 667'),
  ('US', 'ME', '{America/New_York}', '207'),
  ('US', 'MI', '{America/Chicago,America/New_York}', '906'),
  ('US', 'MI', '{America/New_York}', '231 248 269 313 517 586 616 679 734 810 947 989'),
  ('US', 'MN', '{America/Chicago}', '218 320 507 612 651 763 924 952'),
  ('US', 'MO', '{America/Chicago}', '235 314 417 557 573 636 660 816 975'),
  ('US', 'MP', '{Pacific/Saipan}', '670'),
  ('US', 'MS', '{America/Chicago}', '228 471 601 662 769'),
  ('US', 'MT', '{America/Denver}', '406'),
  ('US', 'NC', '{America/New_York}', '252 336 472 704 743 828 910 919 980 984'),
  ('US', 'ND', '{America/Chicago,America/Denver}', '701'),
  ('US', 'NE', '{America/Chicago}', '402 531'),
  ('US', 'NE', '{America/Chicago,America/Denver}', '308'),
  ('US', 'NH', '{America/New_York}', '603'),
  ('US', 'NJ', '{America/New_York}', '201 551 609 640 732 848 856 862 908 973'),
  ('US', 'NM', '{America/Denver}', '505 575'),
  ('US', 'NV', '{America/Boise,America/Denver,America/Los_Angeles}', '775'),
  ('US', 'NV', '{America/Los_Angeles}', '702 725'),
  ('US', 'NY', '{America/New_York}',
    '212 315 329 332 347 363 465 516 518 585 607 624 631 646 680 716 718 838 845 914 917 929 934'),
  ('US', 'OH', '{America/New_York}', '216 220 234 283 326 330 380 419 436 440 513 567 614 740 937'),
  ('US', 'OK', '{America/Chicago}', '405 539 572 580 918'),
  ('US', 'OR', '{America/Denver,America/Los_Angeles}', '458 541'),
  ('US', 'OR', '{America/Los_Angeles}', '503 971'),
  ('US', 'PA', '{America/New_York}', '215 223 267 272 412 445 484 570 582 610 717 724 814 835 878'),
  ('US', 'PR', '{America/Puerto_Rico}', '787 939'),
  ('US', 'RI', '{America/New_York}', '401'),
  ('US', 'SC', '{America/New_York}', '803 821 839 843 854 864'),
  ('US', 'SD', '{America/Chicago,America/Denver}', '605'),
  ('US', 'TN', '{America/Chicago}', '615 629 731 901 931'),
  ('US', 'TN', '{America/Chicago,America/New_York}', '423 729'),
  ('US', 'TN', '{America/New_York}', '865'),
  ('US', 'TX', '{America/Chicago}',
    '210 214 254 281 325 346 361 409 430 432 469 512 621 682 713 726 737 806 817 830 832 903 936 940 945 956
     972 979'),
  ('US', 'TX', '{America/Denver}', '915'),
  ('US', 'UT', '{America/Denver}', '385 435 801'),
  ('US', 'VA', '{America/New_York}', '276 434 540 571 686 703 757 804 826 948'),
  ('US', 'VI', '{America/St_Thomas}', '340'),
  ('US', 'VT', '{America/New_York}', '802'),
  ('US', 'WA', '{America/Los_Angeles}', '206 253 360 425 509 564'),
  ('US', 'WI', '{America/Chicago}', '262 274 353 414 534 608 715 920'),
  ('US', 'WV', '{America/New_York}', '304 681'),
  ('US', 'WY', '{America/Denver}', '307'),
  ('US', 'federal-gets', '{}', '710'),
  ('CA', 'AB', '{America/Edmonton}', '368 403 587 780 825'),
  ('CA', 'BC', '{America/Edmonton,America/Vancouver}', '236 250 257 672 778'),
  ('CA', 'BC', '{America/Vancouver}', '604'),
  ('CA', 'MB', '{America/Winnipeg}', '204 431 584'),
  ('CA', 'NB', '{America/Halifax}', '428 506'),
  ('CA', 'NL', '{America/Halifax,America/St_Johns}', '709 879'),
  ('CA', 'NS|PE', '{America/Halifax}', '782 902'),
  ('CA', 'NT|NU|YT', '{America/Edmonton,America/Toronto,America/Vancouver,America/Whitehorse,America/Winnipeg}', '867'),
  ('CA', 'ON', '{America/Toronto}', '226 249 289 343 365 382 416 437 519 548 613 647 683 705 742 753 905 942'),
  ('CA', 'ON', '{America/Toronto,America/Winnipeg}', '807'),
  ('CA', 'QC', '{America/Halifax,America/Toronto}', '367 418 581'),
  ('CA', 'QC', '{America/Toronto}', '263 273 354 438 450 468 514 579 819 873'),
  ('CA', 'SK', '{America/Regina}', '306 474 639'),
  ('CA', 'non-geographic', '{}', '600 622'),
  ('AG', null, '{America/Antigua}', '268'),
  ('AI', null, '{America/Anguilla}', '264'),
  ('BB', null, '{America/Barbados}', '246'),
  ('BM', null, '{Atlantic/Bermuda}', '441'),
  ('BS', null, '{America/Nassau}', '242'),
  ('DM', null, '{America/Dominica}', '767'),
  ('DO', null, '{America/Santo_Domingo}', '809 829 849'),
  ('GD', null, '{America/Grenada}', '473'),
  ('JM', null, '{America/Jamaica}', '658 876'),
  ('KN', null, '{America/St_Kitts}', '869'),
  ('KY', null, '{America/Cayman}', '345'),
  ('LC', null, '{America/St_Lucia}', '758'),
  ('MS', null, '{America/Montserrat}', '664'),
  ('SX', null, '{America/Lower_Princes}', '721'),
  ('TC', null, '{America/Grand_Turk}', '649'),
  ('TT', null, '{America/Port_of_Spain}', '868'),
  ('VC', null, '{America/St_Vincent}', '784'),
  ('VG', null, '{America/Tortola}', '284'),
  ('NANP', 'interexchange', '{}', '700'),
  ('NANP', 'personal', '{}', '500 521 522 523 524 525 526 527 528 529 533 544 566 577 588'),
  ('NANP', 'premium', '{}', '900'),
  ('NANP', 'toll-free', '{}', '800 833 844 855 866 877 888')
) a (country, region, zones, area_codes),
  regexp_split_to_table(a.area_codes, '\s+') c (area_code);

-- How many marketing texts a person in a state may get. No triggers. Takes apply it, see "frequency_caps".
create table private.frequency_caps (
  state text primary key check (state ~ '^[A-Z]{2}$'),
  max_messages integer not null check (max_messages > 0),
  window_hours integer not null check (window_hours > 0),
  scope text not null,
  exceptions text,
  source text not null,
  as_of date not null,
  confidence text not null check (confidence in ('high', 'medium', 'low'))
);
comment on column private.frequency_caps.scope is 'what is counted, by whom';
comment on column private.frequency_caps.exceptions is 'to whom the cap does not apply';
alter table private.frequency_caps enable row level security;
grant select on private.frequency_caps to service_role;

insert into private.frequency_caps (state, max_messages, window_hours, scope, exceptions, source, as_of, confidence)
values
  ('FL', 3, 24, 'per called person; same subject; counts every sending number', null,
    'Fla. Stat. 501.616(6)(b)', '2026-09-03', 'high'),
  ('OK', 3, 24, 'per called person; same subject', null,
    'Okla. Stat. tit. 15 s. 775C.4(A)', '2026-09-03', 'high'),
  ('MD', 3, 24, 'per called party; same subject', null,
    'Md. Code Com. Law 14-4502(c)(2)', '2026-09-03', 'high'),
  ('OR', 3, 24, 'per party; solicitations by call or text', 'established business relationship (transaction within 18 months); direct reply to a message from the customer',
    'ORS 646.563(1)(b) (HB 3865; in force 2026-01-01)', '2026-09-03', 'high');

-- The window in which a quiet group may be texted: the one that contains `at`, or else the next. It contains
-- opens_at, but not closes_at. All states of the group are open in it in all its zones. No row for null, for a group
-- that names no states or no zones, and if no window opens within 14 days. `|` is open from `at` to infinity.
-- Raises 22023 for an unknown zone.
create function private.window_of(quiet_group text, at timestamp with time zone)
returns table (opens_at timestamp with time zone, closes_at timestamp with time zone)
language plpgsql stable strict parallel safe
rows 1
set search_path = ''
-- Planning this anew would take longer than running it.
set plan_cache_mode = force_generic_plan
as $$
declare
  states text[] := array(
    select distinct case when exists (select from private.quiet_hours h where h.state = s.state) then s.state else 'US' end
    from string_to_table(split_part(window_of.quiet_group, '|', 1), ',') s (state)
  );
  zones text[] := string_to_array(split_part(window_of.quiet_group, '|', 2), ',');
  horizon integer;
begin
  if window_of.quiet_group = '|' then
    return query select window_of.at, timestamp with time zone 'infinity';
    return;
  end if;
  -- Nearly always there is one within two days, and looking no further is much faster.
  foreach horizon in array array[2, 14] loop
    return query
    -- What all states leave open, by day of the week: no row for a day on which one of them is closed.
    with hours as (
      select h.dow, max(h.opens) as opens, min(h.closes) as closes
      from private.quiet_hours h
      where h.state = any (states) and h.dow < 7
      group by h.dow
      having count(h.opens) = cardinality(states)
    ),
    open_in_zone as (
      select range_agg(tstzrange((d.day + h.opens) at time zone z.zone, (d.day + h.closes) at time zone z.zone)) as open
      from unnest(zones) z (zone)
      cross join generate_series(0, horizon + 1) n (days)
      cross join lateral (select (window_of.at at time zone z.zone)::date + n.days) d (day)
      join hours h on h.dow = extract(dow from d.day)::smallint
      where h.opens < h.closes
      group by z.zone
    )
    select lower(w.open), upper(w.open)
    from (select range_intersect_agg(o.open) as open from open_in_zone o) everywhere, unnest(everywhere.open) w (open)
    where upper(w.open) > window_of.at and lower(w.open) <= window_of.at + horizon * interval '24 hours'
    order by 1
    limit 1;
    exit when found;
  end loop;
end
$$;

-- The quiet group of every area code with every state: `FL,GA|America/Chicago,America/New_York` means
-- that the hours of both states apply in both zones. Sorted, so that equal groups are equal texts.
--   * The states are the area code's and the customer's. Numbers of Canada and of the islands that share the
--     country code have the federal hours (US) in their own zones: the law of those countries was not read.
--   * The zones are the area code's, and if the customer's state is another one, all of that state's too.
--   * The area code '' is for unknown ones: the federal hours from coast to coast, besides the customer's state.
--   * The state '' is for customers of no known state.
--   * Null for an area code that must never be texted.
--   * Null for a group that is never open, or not for half of the year: Rhode Island together with Guam, for one. Its
--     messages would wait for ever; so a launch leaves the recipient out instead. Any two states share eight hours of
--     a weekday: only where zones are more than seven hours apart is there anything to look for.
-- A migration that changes private.area_codes or private.quiet_hours has to refresh this.
--
-- A launch gets the group of each customer from three joins, which are much faster than private.quiet_group:
--
--   left join private.area_codes a on a.area_code = substr(c.phone, 3, 3)
--   left join private.quiet_groups s on s.area_code = '' and s.state = c.state
--   left join private.quiet_groups g on g.area_code = coalesce(a.area_code, '') and g.state = coalesce(s.state, '')
--
--   case when c.phone like '+1%' then g.quiet_group else '|' end
create materialized view private.quiet_groups as
with codes as (
  select a.area_code, case a.country when 'US' then a.region else 'US' end as state, a.zones
  from private.area_codes a
  union all
  select '', 'US', '{America/Chicago,America/Denver,America/Los_Angeles,America/New_York}'
),
states as (
  select q.state, array(
    select z.zone from private.area_codes a, unnest(a.zones) z (zone) where a.country = 'US' and a.region = q.state
  ) as zones
  from private.quiet_hours q
  where q.state <> 'US'
  group by q.state
  union all
  select '', '{}'
),
pairs as (
  select c.area_code, s.state,
    case when c.zones <> '{}' then
      array_to_string(array(
        select n.state from unnest(array[c.state, s.state]) n (state)
        where n.state <> '' group by n.state order by n.state collate "C"
      ), ',')
      || '|'
      || array_to_string(array(
        select z.zone from unnest(case c.state when s.state then c.zones else c.zones || s.zones end) z (zone)
        group by z.zone order by z.zone collate "C"
      ), ',')
    end as quiet_group
  from codes c, states s
),
-- Looked at in winter and in summer.
closed as (
  select g.quiet_group
  from (select distinct p.quiet_group from pairs p) g
  where (
      select max(timestamp '2026-12-01' at time zone z.zone) - min(timestamp '2026-12-01' at time zone z.zone)
      from string_to_table(split_part(g.quiet_group, '|', 2), ',') z (zone)
    ) > interval '7 hours'
    and exists (
      select from unnest(array[timestamp with time zone '2026-12-01', '2027-07-01']) d (day)
      where not exists (select from private.window_of(g.quiet_group, d.day))
    )
)
select p.area_code, p.state, case when n.quiet_group is null then p.quiet_group end as quiet_group
from pairs p left join closed n on n.quiet_group = p.quiet_group;
create unique index quiet_groups_key on private.quiet_groups (area_code, state);
analyze private.quiet_hours;
analyze private.area_codes;
analyze private.quiet_groups;
grant select on private.quiet_groups to service_role;

-- The quiet group of one recipient: which hours apply, see private.quiet_groups. `state` counts if it is the postal
-- code of a US state. Null if the number must never be texted. Outside country code 1 it is `|`, which is always open:
-- nothing is known here about the hours of other countries, and whoever texts there has to see to them.
create function private.quiet_group(phone text, state text) returns text
language sql stable parallel safe
set search_path = ''
as $$
  select case when n.phone like '+1%' then g.quiet_group else '|' end
  from (values (quiet_group.phone, quiet_group.state)) n (phone, state)
  left join private.area_codes a on a.area_code = substr(n.phone, 3, 3)
  left join private.quiet_groups s on s.area_code = '' and s.state = n.state
  left join private.quiet_groups g on g.area_code = coalesce(a.area_code, '') and g.state = coalesce(s.state, '')
  where n.phone is not null
$$;

grant execute on function private.quiet_group(text, text), private.window_of(text, timestamp with time zone) to service_role;
