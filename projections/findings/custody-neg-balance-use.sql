-- code: NEG-BALANCE
-- title: More capacity given back than was leased
-- severity: critical
-- basis: conservation: nobody gives back what he does not use
-- explains: a start or change of the lease that is missing, or names other units
-- subject: lease
SELECT lease AS subject, json_array(max(movement.event_idx), max(movement.idx)) AS entries,
       printf('use: %,d GPUs of %s at %s with %s under lease %s', sum(movement.quantity), model,
         coalesce(site, 'no site'), lessee, lease) AS facts
FROM account
CROSS JOIN movement ON movement.account = account.account
CROSS JOIN event ON event.idx = movement.event_idx
WHERE lease IS NOT NULL AND (:subject IS NULL OR account.lease = :subject)
  AND event.valid_at < :as_of AND movement.idx <= :known_at AND substr(lessee, 1, 1) <> '@'
GROUP BY lessee, lease, model, site
HAVING sum(movement.quantity) < 0
