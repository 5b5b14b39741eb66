-- code: ROUTE-DEVIATION
-- title: A leg through a third country
-- severity: medium
-- basis: transshipment: goods pass a country that neither sends nor receives them
-- explains: a usual hub of the carrier; a route that the parties agreed
-- note: The vocabulary holds no plan of the route, so whether this deviates from one cannot be told.
-- subject: shipment
-- with: dispatch, place, word
SELECT leg.shipment AS subject, json_array(dispatch.event_idx, leg.event_idx) AS entries,
       printf('%s at %s in %s, on the way from %s to %s', leg.milestone, leg.place, leg.country,
         origin.country, target.country) AS facts,
       'cannot be excluded' AS certainty
FROM leg
JOIN word ON word.idx = leg.event_idx
JOIN dispatch ON dispatch.shipment = leg.shipment
JOIN place AS origin ON origin.site = dispatch.from_site
JOIN place AS target ON target.site = dispatch.to_site
WHERE (:subject IS NULL OR leg.shipment = :subject)
  AND leg.country NOT IN (origin.country, target.country)
