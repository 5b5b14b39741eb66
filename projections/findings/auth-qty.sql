-- code: AUTH-QTY
-- title: More shipped than an authorization names
-- severity: critical
-- basis: 15 CFR 750.11: quantities on a licence, within its shipping tolerance
-- explains: a larger quantity that a change of the authorization names; a tolerance
-- subject: authorization
-- thresholds: tolerance (0, percent by which more may be shipped)
-- with: auth_used, auth_said
WITH asked_auth AS (
  SELECT authorization FROM authorization
  WHERE (:subject IS NULL OR authorization.authorization = :subject)
),
terms AS (
  SELECT authorization, event_idx, max(valid_at || printf('%012d', event_idx))
  FROM auth_said
  WHERE items > 0
  GROUP BY authorization
),
limited AS (
  SELECT terms.authorization, terms.event_idx, item.model, sum(item.quantity) AS quantity
  FROM terms
  JOIN authorization_item AS item ON item.event_idx = terms.event_idx
  GROUP BY terms.authorization, item.model
  HAVING count(*) = count(item.quantity)
),
used AS (
  SELECT limited.authorization, limited.model, sum(line.quantity) AS quantity,
         max(auth_used.event_idx) AS newest, count(DISTINCT auth_used.event_idx) AS shipments
  FROM limited
  JOIN auth_used ON auth_used.authorization = limited.authorization
  JOIN line ON line.event_idx = auth_used.event_idx AND line.model = limited.model
  GROUP BY limited.authorization, limited.model
)
SELECT limited.authorization AS subject, json_array(limited.event_idx, used.newest) AS entries,
       printf('%,d GPUs of %s left under %s in %,d shipments, and it names %,d', used.quantity,
         limited.model, limited.authorization, used.shipments, limited.quantity) AS facts
FROM limited
JOIN used ON used.authorization = limited.authorization AND used.model = limited.model
WHERE used.quantity * 100 > limited.quantity * (100 + :tolerance)
