-- Phone numbers as whoever writes them may have them: read as the crate `domain` reads them (its file phone_number.rs), so
-- that what a frontend stores through PostgREST is E.164, or is refused. The test domain_rules of the crate `testkit`
-- compares the two. Of country code 1 both know the area codes; of the others the crate knows every range, this file only
-- their common form, and the ranges that cost whoever answers.

-- From the metadata of libphonenumber in the crate rlibphonenumber 2.2.15, as POSIX regular expressions over the number
-- behind the country's code; where several countries share a code, of all of them. No triggers.
create table private.number_plans (
  country_code text primary key check (country_code ~ '^[2-9][0-9]{0,2}$'),
  trunk_prefix text,
  form text not null,
  premium text,
  shared_cost text
);
comment on column private.number_plans.trunk_prefix is 'what people dial before it at home, and write by mistake';
alter table private.number_plans enable row level security;
grant select on private.number_plans to service_role;
insert into private.number_plans (country_code, trunk_prefix, form, premium, shared_cost) values
  ('20', '0', '[189]\d{8,9}|[24-6]\d{8}|[135]\d{7}', '900\d{7}', null),
  ('211', '0', '[19]\d{8}', null, null),
  ('212', '0', '[5-8]\d{8}', '89\d{7}', null),
  ('213', '0', '(?:[1-4]|[5-79]\d|80)\d{7}', '80[3-689]1\d{5}', '80[12]1\d{5}'),
  ('216', null, '[2-57-9]\d{7}', '88\d{6}', '8[12]10\d{4}'),
  ('218', '0', '[2-9]\d{8}', null, null),
  ('220', null, '[48]\d{8}|[2-9]\d{6}', null, null),
  ('221', null, '(?:[378]\d|93)\d{7}', '88[4689]\d{6}', '81[02468]\d{6}'),
  ('222', null, '(?:[2-4]\d\d|800)\d{5}', null, null),
  ('223', null, '[24-9]\d{7}', null, null),
  ('224', null, '722\d{6}|(?:3|6\d)\d{7}', null, null),
  ('225', null, '[02]\d{9}', null, null),
  ('226', null, '[024-7]\d{7}', null, null),
  ('227', null, '[027-9]\d{7}', '09\d{6}', null),
  ('228', null, '[279]\d{7}', null, null),
  ('229', null, '(?:01\d|8)\d{7}', null, null),
  ('230', null, '(?:[57]|8\d\d)\d{7}|[2-468]\d{6}', '30\d{5}', null),
  ('231', '0', '(?:[2457]\d|33|88)\d{7}|(?:2\d|[4-6])\d{6}', '332(?:02|[34]\d)\d{4}', null),
  ('232', '0', '(?:[237-9]\d|66)\d{6}', null, null),
  ('233', '0', '[235]\d{8}|800\d{5,6}', null, null),
  ('234', '0', '(?:20|9\d)\d{8}|[78]\d{9,13}', null, null),
  ('235', null, '(?:22|[3689]\d|77)\d{6}', null, null),
  ('236', null, '8776\d{4}|(?:[27]\d|61)\d{6}', '8776\d{4}', null),
  ('237', null, '[26]\d{8}|88\d{6,7}', null, null),
  ('238', null, '(?:[2-59]\d\d|800)\d{4}', null, null),
  ('239', null, '(?:22|9\d)\d{5}', null, null),
  ('240', null, '222\d{6}|(?:3\d|55|[89]0)\d{7}', '90\d[1-9]\d{5}', null),
  ('241', null, '(?:[067]\d|11)\d{6}|[2-7]\d{6}', null, null),
  ('242', null, '222\d{6}|(?:0\d|80)\d{7}', '80[0-2]\d{6}', null),
  ('243', '0', '(?:(?:[189]|5\d)\d|2)\d{7}|[1-68]\d{6}', null, null),
  ('244', null, '[29]\d{8}', null, null),
  ('245', null, '[49]\d{8}|4\d{6}', null, null),
  ('246', null, '3\d{6}', null, null),
  ('247', null, '(?:[01589]\d|[2-467])\d{4}', null, null),
  ('248', null, '(?:[2489]\d|64)\d{5}', '85\d{5}', null),
  ('249', '0', '[19]\d{8}', null, null),
  ('250', '0', '(?:06|[27]\d\d|[89]00)\d{6}', '900\d{6}', null),
  ('251', '0', '(?:11|[2-57-9]\d)\d{7}', null, null),
  ('252', '0', '[346-9]\d{8}|[12679]\d{7}|[1-5]\d{6}|[1348]\d{5}', null, null),
  ('253', null, '(?:2\d|77)\d{6}', null, null),
  ('254', '0', '(?:[17]\d\d|900)\d{6}|(?:2|80)0\d{6,7}|[4-6]\d{6,8}', '900[02-9]\d{5}', null),
  ('255', '0', '(?:[25-8]\d|41|90)\d{7}', '90\d{7}', '8(?:40|6[01])\d{6}'),
  ('256', '0', '800\d{6}|(?:[29]0|[347]\d)\d{7}', '90[1-3]\d{6}', null),
  ('257', null, '(?:[267]\d|31)\d{6}', null, null),
  ('258', null, '(?:2|8\d)\d{7}', null, null),
  ('260', '0', '800\d{6}|(?:21|[579]\d|63)\d{7}', null, null),
  ('261', null, '[23]\d{8}', null, null),
  ('262', '0', '709\d{6}|(?:26|[689]\d)\d{7}|(?:639\d|7093)\d{5}|(?:26|80|9\d)\d{7}', '89[1-37-9]\d{6}', '8(?:1[019]|2[0156]|84|90)\d{6}'),
  ('263', '0', '(?:13|8\d{4})\d{5}|[235-8]\d{8}|[23568]\d{6}', null, null),
  ('264', '0', '[68]\d{7,8}', '8701\d{5}', null),
  ('265', '0', '(?:[1289]\d|31|77)\d{7}|1\d{6}', null, null),
  ('266', null, '(?:[256]\d\d|800)\d{5}', null, null),
  ('267', null, '90\d{5}|(?:0800|[2-6]|(?:7|800)\d)\d{6}', '90\d{5}', null),
  ('268', null, '0800\d{4}|(?:[237]\d|900)\d{6}', '900\d{6}', null),
  ('269', null, '[3478]\d{6}', '8\d{6}', null),
  ('27', '0', '[1-79]\d{8}|8\d{4,9}', '(?:86[2-9]|9[0-2]\d)\d{6}', '860\d{6}'),
  ('290', null, '(?:[2569]\d|8)\d{3}|8\d{3}', null, null),
  ('291', '0', '[178]\d{6}', null, null),
  ('297', null, '(?:[25-79]\d\d|800)\d{4}', '900\d{4}', null),
  ('298', null, '[2-9]\d{5}', '90(?:[13-5][15-7]|2[125-7]|9\d)\d\d', null),
  ('299', null, '(?:19|[2-689]\d|70)\d{4}', null, null),
  ('30', null, '5005000\d{3}|8\d{9,11}|(?:[269]\d|70)\d{8}', '90[19]\d{7}', '8(?:0[16]|12|[27]5|50)\d{7}'),
  ('31', '0', '(?:[124-7]\d\d|3(?:[02-9]\d|1[0-8]))\d{6}|8\d{6,9}|9\d{6,10}|1\d{4,5}', '90[069]\d{4,7}', null),
  ('32', '0', '4\d{8}|[1-9]\d{7}', '(?:70(?:2[0-57]|3[04-7]|44|6[04-69]|7[0579])|90\d\d)\d{4}', '7879\d{4}'),
  ('33', '0', '[1-9]\d{8}', '836(?:0[0-36-9]|[1-9]\d)\d{4}|8(?:1[2-9]|2[2-47-9]|3[0-57-9]|[569]\d|8[0-35-9])\d{6}', '8(?:1[01]|2[0156]|4[024]|84)\d{6}'),
  ('34', null, '400\d{6}|(?:51|[6-9]\d)\d{7}', '80[367]\d{6}', '90[12]\d{6}'),
  ('350', null, '(?:[25]\d|60)\d{6}', null, null),
  ('351', null, '1693\d{5}|(?:[26-9]\d|30)\d{7}', '(?:6(?:0[178]|4[68])\d|76(?:0[1-57]|1[2-47]|2[1-37]))\d{5}', '80(?:8\d|9[1579])\d{5}'),
  ('352', null, '35[013-9]\d{4,8}|6\d{8}|35\d{2,4}|(?:[2457-9]\d|3[0-46-9])\d{2,9}', '90[015]\d{5}', '801\d{5}'),
  ('353', '0', '(?:1\d|[2569])\d{6,8}|4\d{6,9}|7\d{8}|8\d{8,9}', '15(?:1[2-8]|[2-8]0|9[089])\d{6}', '18[59]0\d{6}'),
  ('354', null, '(?:38\d|[4-9])\d{6}', '90(?:0\d|1[5-79]|2[015-79]|3[135-79]|4[125-7]|5[25-79]|7[1-37]|8[0-35-7])\d{3}', null),
  ('355', '0', '(?:700\d\d|900)\d{3}|8\d{5,7}|(?:[2-5]|6\d)\d{7}', '900[1-9]\d\d', '808[1-9]\d\d'),
  ('356', null, '3550\d{4}|(?:[2579]\d\d|800)\d{5}', '5(?:0(?:0(?:37|43)|(?:6\d|70|9[0168])\d)|[12]\d0[1-5])\d{3}', null),
  ('357', null, '(?:[279]\d|[58]0)\d{6}', '90[09]\d{5}', '80[1-9]\d{5}'),
  ('358', '0', '2\d{4,9}|35\d{4,5}|(?:60\d\d|800)\d{4,6}|7\d{5,11}|(?:[14]\d|3[0-46-9]|50)\d{4,8}|[1-35689]\d{4}|7\d{10,11}|(?:[124-7]\d|3[0-46-9])\d{8}|[1-9]\d{5,8}', '[67]00\d{5,6}', null),
  ('359', '0', '00800\d{7}|[2-7]\d{6,7}|[89]\d{6,8}|2\d{5}', '90\d{6}', '700\d{5}'),
  ('36', '06', '[235-7]\d{8}|[1-9]\d{7}', '9[01]\d{6}', null),
  ('370', null, '(?:[3469]\d|52|[78]0)\d{6}', '9(?:0[0239]|10)\d{5}', '808\d{5}'),
  ('371', null, '(?:[268]\d|78|90)\d{6}', '90\d{6}', '81\d{6}'),
  ('372', null, '8\d{9}|[4578]\d{7}|(?:[3-8]\d|90)\d{5}', '(?:40\d\d|900)\d{4}', null),
  ('373', '0', '(?:[235-7]\d|[89]0)\d{6}', '90[056]\d{5}', '808\d{5}'),
  ('374', '0', '(?:[1-489]\d|55|60|77)\d{6}', '90[016]\d{5}', '80[1-4]\d{5}'),
  ('375', null, '(?:[12]\d|33|44|902)\d{7}|8(?:0[0-79]\d{5,7}|[1-7]\d{9})|8(?:1[0-489]|[5-79]\d)\d{7}|8[1-79]\d{6,7}|8[0-79]\d{5}|8\d{5}', '(?:810|902)\d{7}', null),
  ('376', null, '(?:1|6\d)\d{7}|[135-9]\d{5}', '[19]\d{5}', null),
  ('377', '0', '(?:[3489]|[67]\d)\d{7}', null, null),
  ('378', null, '(?:0549|[5-7]\d)\d{6}', '7[178]\d{6}', null),
  ('380', '0', '[89]\d{9}|[3-9]\d{8}', '900[239]\d{5,6}', null),
  ('381', '0', '38[02-9]\d{6,9}|6\d{7,9}|90\d{4,8}|38\d{5,6}|(?:7\d\d|800)\d{3,9}|(?:[12]\d|3[0-79])\d{5,10}', '(?:78\d|90[0169])\d{3,7}', null),
  ('382', '0', '(?:20|[3-79]\d)\d{6}|80\d{6,7}', '9(?:4[1568]|5[178])\d{5}', null),
  ('383', '0', '2\d{7,8}|3\d{7,11}|(?:4\d\d|[89]00)\d{5}', '900\d{5}', null),
  ('385', '0', '[2-69]\d{8}|80\d{5,7}|[1-79]\d{7}|6\d{6}', '6[01459]\d{6}|6[01]\d{5}', null),
  ('386', '0', '[1-7]\d{7}|8\d{4,7}|90\d{4,6}', '89[1-3]\d{2,5}|90\d{4,6}', null),
  ('387', '0', '6\d{8}|(?:[35689]\d|49|70)\d{6}', '9[0246]\d{6}', '8[12]\d{6}'),
  ('389', '0', '[2-578]\d{7}', '5\d{7}', '8(?:0[1-9]|[1-9]\d)\d{5}'),
  ('39', null, '0\d{5,11}|1\d{8,10}|3(?:[0-8]\d{7,10}|9\d{7,8})|(?:43|55|70)\d{8}|8\d{5}(?:\d{2,4})?|0\d{5,10}|3[0-8]\d{7,10}|55\d{8}|8\d{5}(?:\d{2,4})?|(?:1\d|39)\d{7,8}', '(?:0878\d{3}|89(?:2\d|3[04]|4(?:[0-4]|[5-9]\d\d)|5[0-4]))\d\d|(?:1(?:44|6[346])|89(?:38|5[5-9]|9))\d{6}', '84(?:[08]\d{3}|[17])\d{3}'),
  ('40', '0', '(?:[236-8]\d|90)\d{7}|[23]\d{5}', '90[0136]\d{6}', '801\d{6}'),
  ('41', '0', '8\d{11}|[2-9]\d{8}', '90[016]\d{6}', '84[0248]\d{6}'),
  ('420', null, '(?:[2-578]\d|60)\d{7}|9\d{8,11}', '9(?:0[05689]|76)\d{6}', '8[134]\d{7}'),
  ('421', '0', '[2-689]\d{8}|[2-59]\d{6}|[2-5]\d{5}', '9(?:00|[78]\d)\d{6}', '8[5-9]\d{7}'),
  ('423', null, '[68]\d{8}|(?:[2378]\d|90)\d{5}', '90(?:02[258]|1(?:23|3[14])|66[136])\d\d', null),
  ('43', '0', '1\d{3,12}|2\d{6,12}|43(?:(?:0\d|5[02-9])\d{3,9}|2\d{4,5}|[3467]\d{4}|8\d{4,6}|9\d{4,7})|5\d{4,12}|8\d{7,12}|9\d{8,12}|(?:[367]\d|4[0-24-9])\d{4,11}', '(?:8[69][2-68]|9(?:0[01]|3[019]))\d{6,10}', '8(?:10|2[018])\d{6,10}|828\d{5}'),
  ('44', '0', '[1-357-9]\d{9}|[18]\d{8}|8\d{6}|(?:1481|[357-9]\d{3})\d{6}|8\d{6}(?:\d{2})?|1624\d{6}|(?:[3578]\d|90)\d{8}|1534\d{6}|(?:[3578]\d|90)\d{8}', '(?:8(?:4[2-5]|7[0-3])|9(?:[01]\d|8[2-49]))\d{7}|845464\d|(?:8(?:4[2-5]|7[0-3])|9(?:[01]\d|8[0-3]))\d{7}|845464\d|8(?:440[49]06|72299\d)\d{3}|(?:8(?:45|70)|90[0167])624\d{4}|(?:8(?:4(?:4(?:4(?:05|42|69)|703)|5(?:041|800))|7(?:0002|1206))|90(?:066[59]|1810|71(?:07|55)))\d{4}', null),
  ('45', null, '[2-9]\d{7}', '90\d{6}', null),
  ('46', '0', '(?:[26]\d\d|9)\d{9}|[1-9]\d{8}|[1-689]\d{7}|[1-4689]\d{6}|2\d{5}', '649\d{6}|99[1-59]\d{4}(?:\d{3})?|9(?:00|39|44)[1-8]\d{3,6}', '77[0-7]\d{6}'),
  ('47', null, '(?:0|[2-9]\d{3})\d{4}|0\d{4}|(?:[489]\d|79)\d{6}', '82[09]\d{5}', '810(?:0[0-6]|[2-8]\d)\d{3}'),
  ('48', null, '(?:6|8\d\d)\d{7}|[1-9]\d{6}(?:\d{2})?|[26]\d{5}', '70[01346-8]\d{6}', '801\d{6}'),
  ('49', '0', '[2579]\d{5,14}|49(?:[34]0|69|8\d)\d\d?|49(?:37|49|60|7[089]|9\d)\d{1,3}|49(?:2[024-9]|3[2-689]|7[1-7])\d{1,8}|(?:1|[368]\d|4[0-8])\d{3,13}|49(?:[015]\d|2[13]|31|[46][1-8])\d{1,9}', '(?:137[7-9]|900(?:[135]|9\d))\d{6}', '180\d{5,11}|13(?:7[1-6]\d\d|8)\d{4}'),
  ('500', null, '[2-7]\d{4}', null, null),
  ('501', null, '(?:0800\d|[2-8])\d{6}', null, null),
  ('502', null, '80\d{6}|(?:1\d{3}|[2-7])\d{7}', '19\d{9}', null),
  ('503', null, '[25-7]\d{7}|(?:80\d|900)\d{4}(?:\d{4})?', '900\d{4}(?:\d{4})?', null),
  ('504', null, '8\d{10}|[237-9]\d{7}', null, null),
  ('505', null, '(?:1800|[25-8]\d{3})\d{4}', null, null),
  ('506', null, '(?:8\d|90)\d{8}|(?:[24-8]\d{3}|3005)\d{4}', '90[059]\d{7}', null),
  ('507', null, '(?:00800|8\d{3})\d{6}|[68]\d{7}|[1-57-9]\d{6}', '(?:8(?:22|55|60|7[78]|86)|9(?:00|81))\d{4}', null),
  ('508', '0', '[78]\d{8}|[2-9]\d{5}', '8[129]\d{7}', null),
  ('509', null, '[2-589]\d{7}', null, null),
  ('51', '0', '(?:[14-8]|9\d)\d{7}', '805\d{5}', '801\d{5}'),
  ('52', null, '[2-9]\d{9}', '900\d{7}', '300\d{7}'),
  ('53', '0', '(?:[2-7]|8\d\d)\d{7}|[2-47]\d{6}|[34]\d{5}', null, '807\d{7}'),
  ('54', null, '(?:11|[89]\d\d)\d{8}|[2368]\d{9}', '60[04579]\d{7}', null),
  ('55', null, '[1-467]\d{9,10}|55[0-46-9]\d{8}|[34]\d{7}|55\d{7,8}|(?:5[0-46-9]|[89]\d)\d{7,9}', '[59]00\d{6,7}', '(?:30[03]\d{3}|4(?:0(?:0\d|20)|370|864))\d{4}|300\d{5}'),
  ('56', null, '12300\d{6}|6\d{9,10}|[2-9]\d{8}', null, '600\d{7,8}'),
  ('57', null, '(?:46|60\d\d)\d{6}|(?:1\d|[39])\d{9}', '(?:19(?:0[01]|4[78])|901)\d{7}', null),
  ('58', '0', '[68]00\d{7}|(?:[24]\d|[59]0)\d{8}', '90[01]\d{7}', null),
  ('590', '0', '7090\d{5}|(?:[56]9|[89]\d)\d{7}', '8[129]\d{7}', null),
  ('591', null, '(?:[2-7]\d\d|8001)\d{5}', null, null),
  ('592', null, '(?:[2-8]\d{3}|9008)\d{3}', '9008\d{3}', null),
  ('593', '0', '1\d{9,10}|(?:[2-7]|9\d)\d{7}', null, null),
  ('594', '0', '(?:694\d|7093)\d{5}|(?:59|[89]\d)\d{7}', '8[129]\d{7}', null),
  ('595', '0', '[36-8]\d{5,8}|4\d{6,8}|59\d{6}|9\d{5,10}|(?:2\d|5[0-8])\d{6,7}', null, null),
  ('596', '0', '7091\d{5}|(?:[56]9|[89]\d)\d{7}', '8[129]\d{7}', null),
  ('597', null, '(?:[2-5]|[6-9]\d)\d{5}', '90\d{5}', null),
  ('598', '0', '0004\d{2,9}|[1249]\d{7}|2\d{3,4}|(?:[49]\d|80)\d{5}', '90[0-8]\d{4}', null),
  ('599', null, '(?:[34]1|7\d)\d{5}|(?:[34]1|60|(?:7|9\d)\d)\d{5}', null, '60[0-2]\d{4}'),
  ('60', '0', '1\d{8,9}|(?:3\d|[4-9])\d{7}', '1600\d{6}', null),
  ('61', null, '1(?:[0-79]\d{7}(?:\d(?:\d{2})?)?|8[0-24-9]\d{7})|[2-478]\d{8}|1\d{4,7}|1(?:[0-79]\d{8}(?:\d{2})?|8[0-24-9]\d{7})|[148]\d{8}|1\d{5,7}', '190[0-26]\d{6}', '13(?:00\d{6}(?:\d{2})?|45[0-4]\d{3})|13\d{4}'),
  ('62', '0', '00[1-9]\d{9,14}|(?:[1-36]|8\d{5})\d{6}|00\d{9}|[1-9]\d{8,10}|[2-9]\d{7}', '809\d{7}', '804\d{7}'),
  ('63', '0', '(?:[2-7]|9\d)\d{8}|2\d{5}|(?:1800|8)\d{7,9}', null, null),
  ('64', '0', '[1289]\d{9}|50\d{5}(?:\d{2,3})?|[27-9]\d{7,8}|(?:[34]\d|6[0-35-9])\d{6}|8\d{4,6}', '(?:1[13-57-9]\d{5}|50(?:0[08]|30|66|77|88))\d{3}|90\d{6,8}', null),
  ('65', null, '(?:(?:1\d|8)\d\d|7000)\d{7}|[3689]\d{7}', '1900\d{7}', null),
  ('66', '0', '(?:001800|[2-57]|[689]\d)\d{7}|1\d{7,9}', '1900\d{6}', null),
  ('670', null, '7\d{7}|(?:[2-47]\d|[89]0)\d{5}', '90\d{5}', null),
  ('672', null, '[13]\d{5}', null, null),
  ('673', null, '[2-578]\d{6}', null, null),
  ('674', null, '(?:222|444|(?:55|8\d)\d|666|777|999)\d{4}', null, null),
  ('675', null, '(?:180|[78]\d{3})\d{4}|(?:[2-589]\d|64)\d{5}', null, null),
  ('676', null, '(?:0800|(?:[5-8]\d\d|999)\d)\d{3}|[2-8]\d{4}', null, null),
  ('677', null, '[6-9]\d{6}|[1-6]\d{4}', null, null),
  ('678', null, '[57-9]\d{6}|(?:[238]\d|48)\d{3}', null, null),
  ('679', null, '45\d{5}|(?:0800\d|[235-9])\d{6}', null, null),
  ('680', null, '(?:[24-8]\d\d|345|900)\d{4}', null, null),
  ('681', null, '(?:40|72|8\d{4})\d{4}|[89]\d{5}', null, null),
  ('682', null, '[2-578]\d{4}', null, null),
  ('683', null, '(?:[4-7]|888\d)\d{3}', null, null),
  ('685', null, '(?:[2-6]|8\d{5})\d{4}|[78]\d{6}|[68]\d{5}', null, null),
  ('686', '0', '(?:[37]\d|6[0-79])\d{6}|(?:[2-48]\d|50)\d{3}', null, null),
  ('687', null, '(?:050|[2-57-9]\d\d)\d{3}', '36\d{4}', null),
  ('688', null, '(?:2|7\d\d|90)\d{4}', null, null),
  ('689', null, '4\d{5}(?:\d{2})?|8\d{7,8}', null, null),
  ('690', null, '[2-47]\d{3,6}', null, null),
  ('691', null, '(?:[39]\d\d|820)\d{4}', null, null),
  ('692', '1', '329\d{4}|(?:[256]\d|45)\d{5}', null, null),
  ('7', '8', '8\d{13}|[78]\d{9}|8\d{13}|[347-9]\d{9}', '809\d{7}|80[39]\d{7}', null),
  ('800', null, '(?:00|[1-9]\d)\d{6}', null, null),
  ('808', null, '[1-9]\d{7}', null, '[1-9]\d{7}'),
  ('81', null, '00[1-9]\d{6,14}|[25-9]\d{9}|(?:00|[1-9]\d\d)\d{6}', '990\d{6}', null),
  ('82', null, '00[1-9]\d{8,11}|(?:[12]|5\d{3})\d{7}|[13-6]\d{9}|(?:[1-6]\d|80)\d{7}|[3-6]\d{4,5}|(?:00|7)0\d{8}', '60[2-9]\d{6}', null),
  ('84', '0', '[12]\d{9}|[135-9]\d{8}|[16]\d{6,7}|7\d{6}', '1900\d{4,6}', null),
  ('850', '0', '85\d{6}|(?:19\d|[2-7])\d{7}', null, null),
  ('852', null, '8[0-46-9]\d{6,7}|9\d{4,7}|(?:[2-7]|9\d{3})\d{7}', '900(?:[0-24-9]\d{7}|3\d{1,4})', null),
  ('853', null, '0800\d{3}|(?:28|[68]\d)\d{6}', null, null),
  ('855', '0', '1\d{9}|[1-9]\d{7,8}', '1900(?:1\d|2[09])\d{4}', null),
  ('856', '0', '[23]\d{9}|3\d{8}|(?:[235-8]\d|41)\d{6}', null, null),
  ('86', null, '(?:(?:1[03-689]|2\d)\d\d|6)\d{8}|1\d{10}|[126]\d{6}(?:\d(?:\d{2})?)?|86\d{5,6}|(?:[3-579]\d|8[0-57-9])\d{5,9}', '16[08]\d{5}', '10(?:10\d{4}|96\d{3,4})|400\d{7}|950\d{7,8}|(?:2[0-57-9]|3(?:[15]\d|35|49|7[0-79]|9[1-68])|4(?:1[125-9]|2[179]|[35][1-9]|6[47-9]|7\d|8[23])|5(?:[1357]\d|2[37]|4[36]|6[1-46]|80|9[1-9])|6(?:3[1-35]|6[0238]|9[12])|7(?:01|[1579]\d|2[248]|3[014-9]|4[3-6]|6[023689])|8(?:1[236-8]|2[5-7]|[37]\d|5[14-9]|8[36-8]|9[1-8])|9(?:0[1-3689]|1[1-79]|[379]\d|4[13]|5[1-5]))96\d{3,4}'),
  ('870', null, '7\d{11}|[235-7]\d{8}', null, null),
  ('878', null, '10\d{10}', null, null),
  ('880', '0', '[1-469]\d{9}|8[0-79]\d{7,8}|[2-79]\d{8}|[2-9]\d{7}|[3-9]\d{6}|[57-9]\d{5}', null, null),
  ('881', null, '6\d{9}|[0-36-9]\d{8}', null, null),
  ('882', null, '[13]\d{6}(?:\d{2,5})?|[19]\d{7}|(?:[25]\d\d|4)\d{7}(?:\d{2})?', null, null),
  ('883', null, '(?:[1-4]\d|51)\d{6,10}', null, null),
  ('886', '0', '[2-689]\d{8}|7\d{9,10}|[2-8]\d{7}|2\d{6}', '20(?:[013-9]\d\d|2)\d{4}', null),
  ('888', null, '\d{11}', null, null),
  ('90', '0', '4\d{6}|8\d{11,12}|(?:[2-58]\d\d|900)\d{7}', '(?:8[89]8|900)\d{7}', null),
  ('91', '0', '(?:000800|[2-9]\d\d)\d{7}|1\d{7,12}', '186[12]\d{9}', '1860\d{7}'),
  ('92', '0', '122\d{6}|[24-8]\d{10,11}|9(?:[013-9]\d{8,10}|2(?:[01]\d\d|2(?:[06-8]\d|1[01]))\d{7})|(?:[2-8]\d{3}|92(?:[0-7]\d|8[1-9]))\d{6}|[24-9]\d{8}|[89]\d{7}', '900\d{5}', null),
  ('93', '0', '[2-7]\d{8}', null, null),
  ('94', '0', '[1-9]\d{8}', null, null),
  ('95', '0', '1\d{5,7}|95\d{6}|(?:[4-7]|9[0-46-9])\d{6,8}|(?:2|8\d)\d{5,8}', null, null),
  ('960', null, '(?:800|9[0-57-9]\d)\d{7}|[34679]\d{6}', '900\d{7}', null),
  ('961', '0', '[27-9]\d{7}|[13-9]\d{6}', '9[01]\d{6}', '80\d{6}'),
  ('962', '0', '(?:(?:[2689]|7\d)\d|32|427|53)\d{6}', '9\d{7}', '85\d{6}'),
  ('963', '0', '[1-359]\d{8}|[1-5]\d{7}', null, null),
  ('964', '0', '(?:1|7\d\d)\d{7}|[2-6]\d{7,8}', null, null),
  ('965', null, '18\d{5}|(?:[2569]\d|41)\d{6}', null, null),
  ('966', '0', '(?:[15]\d|800|92)\d{7}', '925\d{6}', '920\d{6}'),
  ('967', '0', '(?:1|7\d)\d{7}|[1-7]\d{6}', null, null),
  ('968', null, '(?:1505|[279]\d{3}|500)\d{4}|800\d{5,6}', '900\d{5}', null),
  ('970', '0', '[2489]2\d{6}|(?:1\d|5)\d{8}', null, '1700\d{6}'),
  ('971', '0', '(?:[4-7]\d|9[0-689])\d{7}|800\d{2,9}|[2-4679]\d{7}', '900[02]\d{5}', '700[05]\d{5}'),
  ('972', '0', '1\d{6}(?:\d{3,5})?|[57]\d{8}|[1-489]\d{7}', '1212\d{4}|1(?:200|9(?:0[0-2]|19|9\d))\d{6}', '1700\d{6}'),
  ('973', null, '[136-9]\d{7}', '(?:87|9[0-8])\d{6}', '84\d{6}'),
  ('974', null, '800\d{4}|(?:2|800)\d{6}|(?:0080|[3-7])\d{7}', null, null),
  ('975', null, '[178]\d{7}|[2-8]\d{6}', null, null),
  ('976', '0', '[12]\d{7,9}|[5-9]\d{7}', null, null),
  ('977', '0', '(?:1\d|9)\d{9}|[1-9]\d{7}', null, null),
  ('979', null, '[1359]\d{8}', '[1359]\d{8}', null),
  ('98', '0', '[1-9]\d{9}|(?:[1-8]\d\d|9)\d{3,4}', null, null),
  ('992', null, '(?:[0-57-9]\d|66)\d{7}', null, null),
  ('993', '8', '[1-7]\d{7}', null, null),
  ('994', '0', '365\d{6}|(?:[124579]\d|60|88)\d{7}', '900200\d{3}', null),
  ('995', '0', '(?:[3-57]\d\d|800)\d{6}', null, null),
  ('996', '0', '8\d{9}|[235-9]\d{8}', null, null),
  ('998', null, '(?:20|33|[5-9]\d)\d{7}', null, null);
analyze private.number_plans;

-- A text in which digits of full width, Arabic, Persian and Devanagari are 0 to 9. Inlined, so without a `search_path`
-- of its own.
create function private.plain_digits(written text) returns text
language sql immutable parallel safe
as $$
  -- Most texts have none of them, and looking for each letter takes long.
  select case when octet_length(written) = length(written) then written else translate(
    written,
    U&'\FF10\FF11\FF12\FF13\FF14\FF15\FF16\FF17\FF18\FF19\FF0B'
      || U&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9'
      || U&'\0966\0967\0968\0969\096A\096B\096C\096D\096E\096F',
    '0123456789+012345678901234567890123456789'
  ) end
$$;

-- The digits of a number with its country's code, of the US where there is none; or why it is none. `labelled`: a word
-- stands before it.
create function private.phone_digits(written text, out digits text, out labelled boolean, out problem text)
language plpgsql immutable
set search_path = ''
as $$
declare
  plain text := translate(
    private.plain_digits(written),
    U&'\00AD\200B\200C\200D\200E\200F\202A\202B\202C\202D\202E\2060\2066\2067\2068\2069\FEFF', ''
  );
  is_international boolean;
begin
  plain := btrim(plain, E' \t\r\n\u00a0\u2009\u202f\u3000');
  if coalesce(plain, '') = '' then
    problem := 'phone_empty';
    return;
  end if;
  -- `tel:`, or a word that says whose or what it is.
  labelled := plain ~ '^[[:alpha:]]' and plain !~* '^tel:';
  plain := regexp_replace(plain, '^[[:alpha:]][^0-9+(]*', '');
  if plain ~* '[0-9)]\s*(,|;|;?ext=|ext(ension)?\.?:?|e?xtn?\.?|x|#)\s*[0-9]{1,7}#?$' and plain ~ '^\D*([0-9]\D{0,4}){7}' then
    problem := 'phone_extension';
    return;
  end if;
  if char_length(plain) > 64 or plain !~ E'^[-+0-9 ()./~\u00a0\u2009\u202f\u3000\u2010-\u2015\u2212\uff08\uff09\uff0d\uff0e]+$' or plain !~ '[0-9]' then
    problem := 'phone_not_a_number';
    return;
  end if;
  if plain ~ '^[0-9]{3,6}$' then
    problem := 'phone_short_code';
    return;
  end if;
  is_international := plain ~ E'^[(\uff08 ]*\\+';
  if is_international and plain !~ '^\D*39' then
    -- As in +44 (0)20: it is dialled at home only.
    plain := replace(plain, '(0)', '');
  end if;
  digits := regexp_replace(plain, '[^0-9]', '', 'g');
  if not is_international and digits like '011%' then
    is_international := true;
    digits := substr(digits, 4);
  elsif not is_international and (length(digits) = 10 or digits not like '1%') then
    digits := '1' || digits;
  end if;
end
$$;

-- Reads a number; without a country's code it is one of the US. `problem` is null, or one of the crate's codes for what
-- is wrong, and then there is no `phone`. Changes nothing.
create function private.read_phone(written text, out phone text, out problem text)
language plpgsql stable security definer
set search_path = ''
as $$
declare
  labelled boolean := false;
  digits text;
  plan private.number_plans;
begin
  if written ~ '^\+[1-9][0-9]{6,14}$' then
    digits := substr(written, 2);
  else
    select p.digits, p.labelled, p.problem into digits, labelled, problem from private.phone_digits(written) p;
    if problem is not null then
      return;
    end if;
  end if;

  if digits like '1%' then
    digits := substr(digits, 2);
    -- Some write the 1 twice: it is what they dial at home.
    digits := case when length(digits) = 11 and digits like '1%' then substr(digits, 2) else digits end;
    problem := case
      when length(digits) < 10 then 'phone_too_short'
      when length(digits) > 10 then 'phone_too_long'
      when digits like '900%' or substr(digits, 4, 3) = '976' then 'phone_premium'
      when digits !~ '^[2-9]..[2-9]' or not exists (select from private.area_codes a where a.area_code = left(digits, 3))
        then 'phone_unassigned'
    end;
    phone := '+1' || digits;
  else
    select p.* into plan from private.number_plans p
    where p.country_code in (left(digits, 1), left(digits, 2), left(digits, 3));
    -- Until 2019 Mexican mobile numbers had a 1 behind the country's code.
    digits := substr(digits, length(plan.country_code) + 1);
    if plan.country_code = '52' and digits ~ '^1\d{10}$' then
      digits := substr(digits, 2);
    end if;
    if digits like plan.trunk_prefix || '%' and substr(digits, length(plan.trunk_prefix) + 1) ~ ('^(?:' || plan.form || ')$') then
      digits := substr(digits, length(plan.trunk_prefix) + 1);
    end if;
    problem := case
      when plan.country_code is null then 'phone_unknown_country'
      when length(plan.country_code || digits) < 7 then 'phone_too_short'
      when length(plan.country_code || digits) > 15 then 'phone_too_long'
      when digits ~ ('^(?:' || plan.premium || ')$') then 'phone_premium'
      when digits ~ ('^(?:' || plan.shared_cost || ')$') then 'phone_shared_cost'
      when digits !~ ('^(?:' || plan.form || ')$') then 'phone_unassigned'
    end;
    phone := '+' || plan.country_code || digits;
  end if;
  if problem is not null then
    phone := null;
    -- A word and half a number are no number.
    problem := case when labelled and problem <> 'phone_premium' and problem <> 'phone_shared_cost' then 'phone_not_a_number' else problem end;
  end if;
end
$$;
grant execute on function private.read_phone(text) to authenticated, service_role;

-- The number in E.164. Raises PT422 with the code of what is wrong with it.
create function private.checked_phone(written text) returns text
language plpgsql stable security definer
set search_path = ''
as $$
declare
  phone text;
  problem text;
begin
  select r.phone, r.problem into phone, problem from private.read_phone(written) r;
  if problem is not null then
    raise exception using errcode = 'PT422', message = problem, detail = case problem
      when 'phone_empty' then 'The phone number is empty.'
      when 'phone_not_a_number' then 'This is not a phone number.'
      when 'phone_short_code' then 'This is a short code, which is no person''s number.'
      when 'phone_extension' then 'A phone number with an extension cannot be texted.'
      when 'phone_unknown_country' then 'The country code does not exist.'
      when 'phone_too_short' then 'The phone number has too few digits.'
      when 'phone_too_long' then 'The phone number has too many digits.'
      when 'phone_premium' then 'This is a premium-rate number, which is no person''s.'
      when 'phone_shared_cost' then 'This is a shared-cost number, which is no person''s.'
      else 'No such phone number is assigned in its country.'
    end, hint = 'Write it as +14155550100.';
  end if;
  return phone;
end
$$;
grant execute on function private.checked_phone(text) to authenticated, service_role;

-- What people write is read; what our services write, in E.164, has been read before.
create function private.normalize_phone() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.phone := private.checked_phone(new.phone);
  return new;
end
$$;
create trigger normalize_new_phone before insert on public.customers
  for each row when (new.phone !~ '^\+[1-9][0-9]{6,14}$' or current_user = 'authenticated')
  execute function private.normalize_phone();
create trigger normalize_changed_phone before update of phone on public.customers
  for each row when (
    new.phone is distinct from old.phone and (new.phone !~ '^\+[1-9][0-9]{6,14}$' or current_user = 'authenticated')
  )
  execute function private.normalize_phone();
