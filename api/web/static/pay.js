// The card form of the payment service; loaded only on a booking that waits for its deposit.
"use strict";
window.addEventListener("load", () => {
  const form = document.getElementById("pay");
  if (!form || !window.Stripe) return;
  const stripe = window.Stripe(form.dataset.key, { locale: document.documentElement.lang });
  const card = stripe.elements().create("card");
  card.mount("#card");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const answer = await stripe.confirmCardPayment(form.dataset.secret, { payment_method: { card } });
    if (answer.error) {
      document.getElementById("card-error").textContent = answer.error.message;
      button.disabled = false;
    } else window.location.assign(form.dataset.back);
  });
});
