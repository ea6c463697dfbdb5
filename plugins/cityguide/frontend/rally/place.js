const EARTH_M = 6371008.8;
const rad = (degrees) => (degrees * Math.PI) / 180;

/** Metres between two points in degrees (haversine). */
export function metres([lat1, lon1], [lat2, lon2]) {
  const half = Math.sin(rad(lat2 - lat1) / 2) ** 2 + Math.cos(rad(lat1)) * Math.cos(rad(lat2)) * Math.sin(rad(lon2 - lon1) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(half));
}

/** Ask once where the device is; {at: [lat, lon], within: metres}. Rejects when it does not tell. */
export function locate() {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) {
      reject(new Error("no geolocation"));
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ at: [coords.latitude, coords.longitude], within: coords.accuracy || 0 }),
      reject,
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 10000 },
    );
  });
}
