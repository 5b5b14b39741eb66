-- code: AUTH-EXPIRED
-- title: Dispatched outside the validity of an authorization
-- severity: critical
-- basis: 15 CFR 750.7(g): a licence is good for its term; 750.8: not while suspended or revoked
-- explains: an extension or reinstatement that is not recorded; a date that was typed wrong
-- note: A dispatch whose date allows an instant within the validity cannot be excluded, and is low.
-- subject: shipment
-- with: auth_used, auth_said
WITH used AS (
  SELECT * FROM auth_used WHERE (:subject IS NULL OR auth_used.shipment = :subject)
),
asked_auth AS (SELECT authorization FROM used),
starts AS (
  SELECT used.event_idx, used.authorization, auth_said.valid_from, auth_said.valid_from_start,
         auth_said.valid_from_end, auth_said.event_idx AS by_idx,
         max(auth_said.valid_at || printf('%012d', auth_said.event_idx))
  FROM used JOIN auth_said ON auth_said.authorization = used.authorization
  WHERE auth_said.valid_from IS NOT NULL
  GROUP BY used.event_idx, used.authorization
),
ends AS (
  SELECT used.event_idx, used.authorization, auth_said.valid_to, auth_said.valid_to_end,
         auth_said.event_idx AS by_idx,
         max(auth_said.valid_at || printf('%012d', auth_said.event_idx))
  FROM used JOIN auth_said ON auth_said.authorization = used.authorization
  WHERE auth_said.valid_to IS NOT NULL
  GROUP BY used.event_idx, used.authorization
),
-- What stood when the dispatch began, and when it was over at the latest.
stood AS (
  SELECT used.event_idx, used.authorization, auth_said.status, auth_said.event_idx AS by_idx,
         max(auth_said.valid_until || printf('%012d', auth_said.event_idx))
  FROM used JOIN auth_said ON auth_said.authorization = used.authorization
    AND auth_said.status IS NOT NULL AND auth_said.valid_until <= used.valid_at
  GROUP BY used.event_idx, used.authorization
),
judged AS (
  SELECT used.shipment, used.event_idx, used.authorization, starts.by_idx,
         'begins on ' || valid_from AS said,
         used.valid_until <= valid_from_start AS certain
  FROM used JOIN starts USING (event_idx, authorization)
  WHERE used.valid_at < valid_from_start
  UNION ALL
  SELECT used.shipment, used.event_idx, used.authorization, ends.by_idx, 'ended on ' || valid_to,
         used.valid_at >= valid_to_end
  FROM used JOIN ends USING (event_idx, authorization)
  WHERE used.valid_until > valid_to_end
  UNION ALL
  SELECT used.shipment, used.event_idx, used.authorization, stood.by_idx, 'was ' || stood.status, 1
  FROM used JOIN stood USING (event_idx, authorization)
  WHERE stood.status IN ('suspended', 'revoked')
)
SELECT shipment AS subject, json_array(event_idx, by_idx) AS entries,
       printf('it left on %s under %s, which %s',
         (SELECT occurred FROM event WHERE event.idx = judged.event_idx), authorization, said)
         AS facts,
       iif(certain, 'indicator', 'cannot be excluded') AS certainty,
       iif(certain, 'critical', 'low') AS severity
FROM judged
