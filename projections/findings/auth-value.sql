-- code: AUTH-VALUE
-- title: More value shipped than an authorization names
-- severity: critical
-- basis: 15 CFR 750.11: the total value on a licence, within its shipping tolerance
-- explains: a larger value that a change of the authorization names; a tolerance
-- note: Values are those of filings. Where one is sealed, and the others are within the limit, it is
--       not decidable from what is open.
-- subject: authorization
-- thresholds: tolerance (0, percent by which more may be shipped)
-- with: auth_used, auth_said, word
WITH asked_auth AS (
  SELECT authorization FROM authorization
  WHERE (:subject IS NULL OR authorization.authorization = :subject)
),
terms AS (
  SELECT authorization, event_idx, value_limit_usd,
         max(valid_at || printf('%012d', event_idx))
  FROM auth_said
  WHERE value_limit_usd IS NOT NULL
  GROUP BY authorization
),
shipped AS (
  SELECT terms.authorization, auth_used.shipment
  FROM terms JOIN auth_used ON auth_used.authorization = terms.authorization
  GROUP BY terms.authorization, auth_used.shipment
),
filed AS (
  SELECT shipped.authorization, sum(filing_line.value_usd) AS value, max(filing.event_idx) AS newest,
         count(*) - count(filing_line.value_usd) AS sealed
  FROM shipped
  JOIN filing ON filing.shipment = shipped.shipment
  JOIN word ON word.idx = filing.event_idx
  JOIN filing_line ON filing_line.event_idx = filing.event_idx
  GROUP BY shipped.authorization
)
SELECT terms.authorization AS subject, json_array(terms.event_idx, filed.newest) AS entries,
       printf('filings under %s come to %,d US dollars%s, and it names %,d', terms.authorization,
         coalesce(value, 0), iif(sealed, ' beside ' || sealed || ' sealed values', ''),
         value_limit_usd) AS facts,
       iif(coalesce(value, 0) * 100 > value_limit_usd * (100 + :tolerance), 'indicator',
           'not decidable') AS certainty,
       iif(coalesce(value, 0) * 100 > value_limit_usd * (100 + :tolerance), 'critical', 'info')
         AS severity
FROM terms JOIN filed ON filed.authorization = terms.authorization
WHERE coalesce(value, 0) * 100 > value_limit_usd * (100 + :tolerance) OR sealed > 0
