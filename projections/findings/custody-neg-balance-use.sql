-- code: NEG-BALANCE
-- title: More capacity given back than was leased
-- severity: critical
-- basis: conservation: nobody gives back what he does not use
-- explains: a start or change of the lease that is missing, or names other units
-- subject: lease
SELECT lease AS subject, json_array(max(event_idx), max(abs(idx))) AS entries,
       printf('use: %,d GPUs of %s at %s with %s under lease %s', sum(quantity), model,
         coalesce(site, 'no site'), lessee, lease) AS facts
FROM posting
WHERE lease IS NOT NULL AND (:subject IS NULL OR posting.lease = :subject)
  AND valid_at < :as_of AND idx <= :known_at AND substr(lessee, 1, 1) <> '@'
GROUP BY lessee, lease, model, site
HAVING sum(quantity) < 0
